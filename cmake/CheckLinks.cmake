# cmake -DPROGRAM=file -DUNWANTED=pattern -P CheckLinks.cmake: fails when the dynamic linker would load such a library.
execute_process(COMMAND ldd ${PROGRAM} OUTPUT_VARIABLE libraries COMMAND_ERROR_IS_FATAL ANY)
if(NOT libraries MATCHES "libc")
  message(FATAL_ERROR "ldd says nothing of ${PROGRAM}: ${libraries}")
endif()
if(libraries MATCHES "${UNWANTED}")
  message(FATAL_ERROR "${PROGRAM} must not link '${UNWANTED}':\n${libraries}")
endif()
