#include <cstdio>
#include <exception>

#include "cli/command_line.h"
#include "core/error.h"
#include "core/freed_memory.h"

int main(int argc, char** argv) {
#ifdef POLYCLINIC_ENGINE
  polyclinic::keep_freed_memory();
#endif
  try {
    return polyclinic::run_command_line(polyclinic::verbs(), {argv + 1, argv + argc}, polyclinic::run_engine);
  } catch (const polyclinic::Error& error) {
    std::fprintf(stderr, "polyclinic: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "polyclinic: internal error: %s; please report it with the command that led here\n",
                 error.what());
    return static_cast<int>(polyclinic::ExitCode::failed);
  }
}
