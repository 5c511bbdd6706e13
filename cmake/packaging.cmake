# The Debian package: `cpack -G DEB` in a build tree where everything is built. One package has what
# `cmake --install` installs, the gateway's units, its examples and its user. Included behind src/.
set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(root ${CMAKE_BINARY_DIR}/package_root)  # what `cmake --install` has no place for
set(examples ${root}/usr/share/doc/astray/examples)
configure_file(${packaging}/astray-gateway.service ${root}/usr/lib/systemd/system/astray-gateway.service COPYONLY)
configure_file(${packaging}/astray-gateway.socket ${examples}/astray-gateway.socket COPYONLY)
configure_file(${packaging}/astray-gateway.logrotate ${root}/etc/logrotate.d/astray-gateway COPYONLY)
configure_file(${CMAKE_SOURCE_DIR}/LICENSE ${root}/usr/share/doc/astray/copyright COPYONLY)
foreach(example minimal full)
  configure_file(${CMAKE_SOURCE_DIR}/examples/gateway/${example}.yaml ${examples}/${example}.yaml COPYONLY)
endforeach()
foreach(page docs/gateway.md docs/gateway-configuration.md docs/gateway-log.md docs/gateway-admin.md docs/judgement.md
    docs/threat-model.md)
  get_filename_component(name ${page} NAME)
  configure_file(${CMAKE_SOURCE_DIR}/${page} ${root}/usr/share/doc/astray/${name} COPYONLY)
endforeach()

set(ASTRAY_PACKAGE_MAINTAINER "astray maintainers <root@localhost>" CACHE STRING "Maintainer field of the package")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME astray)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "answers requests by the server that owns their name (HTTP 421)")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALLED_DIRECTORIES ${root} /)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${ASTRAY_PACKAGE_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "audits configurations of nginx and httpd for misdirected requests, probes live\nservers, fetches with a memory for names, and runs a TLS reverse proxy that\nanswers 421 exactly when it must. Also libastray, the client as a library.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Its own library is in the package.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR}/src)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "systemd, logrotate")
set(control ${packaging}/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${control}/conffiles ${control}/postinst ${control}/prerm ${control}/postrm ${control}/triggers)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
