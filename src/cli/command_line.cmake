# What the command line needs besides its sources: who it says it is, its example, its man pages and completions,
# and where all of it is installed. Included by src/CMakeLists.txt.
include(GNUInstallDirs)

set(ASTRAY_HOMEPAGE "" CACHE STRING "Address of the project's repository, for links to the rules' pages in SARIF")
target_compile_definitions(astray_report PRIVATE ASTRAY_HOMEPAGE="${ASTRAY_HOMEPAGE}")
target_compile_definitions(astray_cli PRIVATE ASTRAY_VERSION="${PROJECT_VERSION}")

install(TARGETS astray RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/schema DESTINATION ${CMAKE_INSTALL_DATADIR}/astray
  FILES_MATCHING PATTERN "*.schema.json")

# One manual page for each command and one for the whole, and a completion script for each shell: astray writes
# them itself. tests/cli holds this list against the commands.
set(documents ${CMAKE_BINARY_DIR}/documents)
set(pages astray)
foreach(command audit predict probe fetch gateway watch history explain list demo man completion version help)
  list(APPEND pages astray-${command})
endforeach()
foreach(page IN LISTS pages)
  string(REGEX REPLACE "^astray-?" "" command ${page})
  add_custom_command(OUTPUT ${documents}/${page}.1
    COMMAND ${CMAKE_COMMAND} -E make_directory ${documents}
    COMMAND astray man ${command} > ${documents}/${page}.1
    DEPENDS astray VERBATIM COMMENT "Writing ${page}(1)")
  list(APPEND outputs ${documents}/${page}.1)
  install(FILES ${documents}/${page}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endforeach()
foreach(shell bash zsh fish)
  add_custom_command(OUTPUT ${documents}/completion.${shell}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${documents}
    COMMAND astray completion ${shell} > ${documents}/completion.${shell}
    DEPENDS astray VERBATIM COMMENT "Writing the completion for ${shell}")
  list(APPEND outputs ${documents}/completion.${shell})
endforeach()
add_custom_target(astray_documents ALL DEPENDS ${outputs})
install(FILES ${documents}/completion.bash RENAME astray
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${documents}/completion.zsh RENAME _astray DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${documents}/completion.fish RENAME astray.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# The story of `astray demo` is one of the incidents that the tests hold the auditor against.
set(demo ${CMAKE_SOURCE_DIR}/tests/incidents/a-proxy-without-sni)
astray_embed(astray_cli demo_broken demo_broken
  ${demo}/broken/nginx.conf ${demo}/broken/apache2.conf ${demo}/broken/certificates)
astray_embed(astray_cli demo_repaired demo_repaired ${demo}/repaired/nginx.conf)
