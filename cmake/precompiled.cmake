# The headers that most files include, parsed once for all.
option(ASTRAY_PRECOMPILE "Parse the headers that most files include once" OFF)

if(ASTRAY_PRECOMPILE)
  # A precompiled header is taken only under the very options that it was made with.
  set(CMAKE_CXX_COMPILE_OPTIONS_PIE -fPIC)
  # For ccache: what decides is what the headers hold.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  else()
    add_compile_options(-fpch-preprocess)
  endif()
  if(ASTRAY_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${ASTRAY_CCACHE})
  endif()
endif()

# astray_define_precompiled(TARGET LINK libraries… HEADERS headers… [OPTIONS options…]): the options are those of every
# target that takes them.
function(astray_define_precompiled target)
  if(NOT ASTRAY_PRECOMPILE)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK;HEADERS;OPTIONS")
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled/${target}.cc CONTENT "// Stands for ${target}'s headers.\n")
  add_library(${target} STATIC ${CMAKE_BINARY_DIR}/precompiled/${target}.cc)
  target_link_libraries(${target} PRIVATE astray_flags ${arg_LINK})
  target_precompile_headers(${target} PRIVATE ${arg_HEADERS})
  target_compile_options(${target} PRIVATE ${arg_OPTIONS})
  set_target_properties(${target} PROPERTIES ASTRAY_OPTIONS "${arg_OPTIONS}")
endfunction()

# astray_precompile(TARGET FROM): TARGET's files start with the headers of FROM.
function(astray_precompile target from)
  if(ASTRAY_PRECOMPILE)
    target_link_libraries(${target} PRIVATE fmt::fmt)
    get_target_property(options ${from} ASTRAY_OPTIONS)
    target_compile_options(${target} PRIVATE ${options})
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()
