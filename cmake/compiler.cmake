# Flags that every target of ours gets. Warnings are errors; third-party headers come in as SYSTEM.

add_library(astray_flags INTERFACE)
target_compile_options(astray_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Wundef)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports these inside libstdc++ at -O2 and with sanitizers; clang's build keeps the honest ones.
  target_compile_options(astray_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-dangling-pointer)
  if(CMAKE_UNITY_BUILD)
    # Several .cc files at a time: each looks like a header to it, and a coroutine's frame like a type of a header's.
    target_compile_options(astray_flags INTERFACE -Wno-subobject-linkage)
  endif()
endif()
# The rows become part of a shared library too (libastray), which shows its own interface and nothing else.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
target_include_directories(astray_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

if(ASTRAY_SANITIZE)
  add_compile_options(-fsanitize=${ASTRAY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ASTRAY_SANITIZE})
endif()

find_program(ASTRAY_CCACHE ccache)
if(ASTRAY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ASTRAY_CCACHE})
endif()
find_program(ASTRAY_LLD ld.lld)
if(ASTRAY_LLD)
  add_link_options(-fuse-ld=lld)
endif()
