# What the command line needs besides its sources: who it says it is, its example, its man pages and completions,
# and where all of it is installed. Included by src/CMakeLists.txt.
include(GNUInstallDirs)

set(ASTRAY_HOMEPAGE "" CACHE STRING "Address of the project's repository, for links to the rules' pages in SARIF")
target_compile_definitions(astray_report PRIVATE ASTRAY_HOMEPAGE="${ASTRAY_HOMEPAGE}")
target_compile_definitions(astray_cli PRIVATE ASTRAY_VERSION="${PROJECT_VERSION}")

install(TARGETS astray RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

astray_embed(astray_cli demo_files demo_file
  ${CMAKE_CURRENT_SOURCE_DIR}/cli/demo/nginx.conf ${CMAKE_CURRENT_SOURCE_DIR}/cli/demo/apache2.conf)
