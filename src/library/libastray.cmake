# libastray.so: the rows up to library/ in one shared object that shows astray.h and astray/*.h and nothing else, and
# what its users find it by. Included by src/CMakeLists.txt.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(here ${CMAKE_CURRENT_SOURCE_DIR}/library)
add_library(libastray SHARED ${here}/exported.cc)
target_link_libraries(libastray PRIVATE astray_flags "$<LINK_LIBRARY:WHOLE_ARCHIVE,astray_library>")
target_link_options(libastray PRIVATE LINKER:--version-script=${here}/exported.map)
set_target_properties(libastray PROPERTIES
  OUTPUT_NAME astray EXPORT_NAME astray VERSION ${PROJECT_VERSION} SOVERSION 0
  LINK_DEPENDS ${here}/exported.map)
target_compile_features(libastray INTERFACE cxx_std_20)
target_include_directories(libastray INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  $<BUILD_INTERFACE:${here}/include>)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/astray)
# `cmake --install BUILD --component library` installs this alone.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME library)
install(TARGETS libastray EXPORT astrayTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} NAMELINK_COMPONENT library)
install(DIRECTORY ${here}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT astrayTargets NAMESPACE astray:: DESTINATION ${package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/astrayConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${here}/astrayConfig.cmake ${CMAKE_BINARY_DIR}/astrayConfigVersion.cmake DESTINATION ${package})
# Relative, so that a prefix may be moved.
file(RELATIVE_PATH ASTRAY_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${here}/astray.pc.in ${CMAKE_BINARY_DIR}/astray.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/astray.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
unset(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME)
