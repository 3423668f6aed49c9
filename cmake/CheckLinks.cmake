# cmake -DPROGRAM=file -DUNWANTED=pattern -P CheckLinks.cmake: fails when the dynamic linker would load such a library.
# A static program makes ldd say "not a dynamic executable" and fail.
execute_process(COMMAND ldd ${PROGRAM} OUTPUT_VARIABLE libraries ERROR_VARIABLE complaint)
string(APPEND libraries ${complaint})
if(NOT libraries MATCHES "libc|not a dynamic executable")
  message(FATAL_ERROR "ldd says nothing of ${PROGRAM}: ${libraries}")
endif()
if(libraries MATCHES "${UNWANTED}")
  message(FATAL_ERROR "${PROGRAM} must not link '${UNWANTED}':\n${libraries}")
endif()
