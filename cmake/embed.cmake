# astray_embed(TARGET HEADER_NAME FUNCTION FILES…): compiles text files into TARGET as
#   std::string_view astray::embedded::FUNCTION(std::string_view stem);   // "" when there is none
# declared in a generated header "embedded/HEADER_NAME.h". The key is the file's name without extension.
set(ASTRAY_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_files.cmake)

function(astray_embed target header function)
  set(directory ${CMAKE_BINARY_DIR}/embedded/${target})
  set(output ${directory}/embedded/${header})
  string(REPLACE ";" "|" files "${ARGN}")
  add_custom_command(
    OUTPUT ${output}.cc ${output}.h
    COMMAND ${CMAKE_COMMAND} -D "OUTPUT=${output}" -D "NAME=${header}" -D "FUNCTION=${function}" -D "FILES=${files}"
            -P ${ASTRAY_EMBED_SCRIPT}
    DEPENDS ${ARGN} ${ASTRAY_EMBED_SCRIPT}
    COMMENT "Embedding ${header}"
    VERBATIM)
  set_source_files_properties(${output}.cc PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${target} PRIVATE ${output}.cc ${output}.h)
  target_include_directories(${target} PRIVATE ${directory})
endfunction()
