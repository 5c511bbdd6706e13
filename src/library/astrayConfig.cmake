# find_package(astray): the target astray::astray. It needs no other package: what it is made of is not seen through it.
include("${CMAKE_CURRENT_LIST_DIR}/astrayTargets.cmake")
