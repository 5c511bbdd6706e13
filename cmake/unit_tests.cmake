# The cases of a gtest program as tests of ctest, in two ways.
#
# Label "case": each in a process of its own, which is the easiest to find and to repeat. Label "cases": those of a program in
# SHARDS processes, since starting thousands of processes takes longer than most of what they do; ./test takes these. They
# say which case they are at: of one that comes to no end it is all that is known.
# ASTRAY_CASES_TOGETHER leaves out the first: AddressSanitizer makes the start of a process dear.
option(ASTRAY_CASES_TOGETHER "Run the cases of a unit test program in a few processes only" OFF)

function(astray_unit_tests target prefix)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "SHARDS" "")
  if(NOT ASTRAY_CASES_TOGETHER)
    # The program is asked for its cases when ctest begins, while other builds may have the machine: five seconds can be too few.
    gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX "${prefix}/" PROPERTIES TIMEOUT 300 LABELS case)
  endif()
  if(NOT arg_SHARDS)
    set(arg_SHARDS 3)
  endif()
  math(EXPR last "${arg_SHARDS} - 1")
  foreach(index RANGE ${last})
    add_test(NAME ${prefix}/cases/${index} COMMAND ${target})
    set_tests_properties(${prefix}/cases/${index} PROPERTIES TIMEOUT 600 LABELS cases
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()
