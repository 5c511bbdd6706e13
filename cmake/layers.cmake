# The rows of the house. A row may include and link only the rows named here, all of them above it:
# anything else stops the configure step. That audit/ and explain/ never reach io/ is a security
# property: an auditor, and a reader of logs, that cannot touch the network.

set(ASTRAY_LAYERS base names verdict http1 http2 tls io client library gateway proxy servers audit probe explain report cli)
set(ASTRAY_MAY_USE_base)
set(ASTRAY_MAY_USE_names base)
set(ASTRAY_MAY_USE_verdict base names)
set(ASTRAY_MAY_USE_http1 base names)
set(ASTRAY_MAY_USE_http2 base names)
set(ASTRAY_MAY_USE_tls base names)
set(ASTRAY_MAY_USE_io base names)
set(ASTRAY_MAY_USE_client base names verdict http1 http2 tls io)
set(ASTRAY_MAY_USE_library base names verdict http1 http2 tls io client)
set(ASTRAY_MAY_USE_gateway base names verdict http1 http2 tls)
set(ASTRAY_MAY_USE_proxy base names verdict http1 http2 tls io client gateway)
set(ASTRAY_MAY_USE_servers base names verdict tls gateway)
set(ASTRAY_MAY_USE_audit base names verdict tls servers)
set(ASTRAY_MAY_USE_probe base names verdict http1 http2 tls io servers)
set(ASTRAY_MAY_USE_explain base names verdict tls servers)
set(ASTRAY_MAY_USE_report base names verdict tls servers audit probe explain)
set(ASTRAY_MAY_USE_cli base names verdict tls io client gateway proxy servers audit probe explain report)

# astray_layer(NAME [TESTS_APART] [LINK packages…]): the library astray_NAME from the folder's .cc files and, with
# tests, astray_NAME_test from its *_test.cc files. TESTS_APART: the tests call their helpers and tables by the
# same names and so cannot be compiled several at a time (CMAKE_UNITY_BUILD of the presets).
function(astray_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TESTS_APART" "" "LINK")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/main\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  add_library(astray_${name} STATIC ${sources})
  target_link_libraries(astray_${name} PUBLIC astray_flags tl::expected)
  foreach(row IN LISTS ASTRAY_MAY_USE_${name})
    target_link_libraries(astray_${name} PUBLIC astray_${row})
  endforeach()
  if(arg_LINK)
    target_link_libraries(astray_${name} PRIVATE ${arg_LINK})
  endif()

  astray_precompile(astray_${name} astray_precompiled)

  if(ASTRAY_TESTS AND tests)
    add_executable(astray_${name}_test ${tests})
    astray_precompile(astray_${name}_test astray_precompiled_test)
    if(arg_TESTS_APART)
      set_target_properties(astray_${name}_test PROPERTIES UNITY_BUILD OFF)
    endif()
    target_link_libraries(astray_${name}_test PRIVATE astray_${name} astray_test_support ${arg_LINK}
      GTest::gtest GTest::gtest_main)
    target_compile_definitions(astray_${name}_test PRIVATE ASTRAY_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    gtest_discover_tests(astray_${name}_test DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}/"
      PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# Refuses an #include that crosses a layer edge the wrong way.
function(astray_check_layers)
  foreach(name IN LISTS ASTRAY_LAYERS)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.h ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
    set(allowed ${name} ${ASTRAY_MAY_USE_${name}})
    foreach(file IN LISTS files)
      file(STRINGS ${file} includes REGEX "^#include \"[a-z0-9_]+/")
      foreach(line IN LISTS includes)
        string(REGEX REPLACE "^#include \"([a-z0-9_]+)/.*" "\\1" used "${line}")
        if(used IN_LIST ASTRAY_LAYERS AND NOT used IN_LIST allowed)
          file(RELATIVE_PATH shown ${CMAKE_SOURCE_DIR} ${file})
          message(FATAL_ERROR "layer edge refused: ${shown} has ${line}, but ${name}/ may use only: ${ASTRAY_MAY_USE_${name}} (cmake/layers.cmake)")
        endif()
      endforeach()
    endforeach()
  endforeach()
endfunction()
