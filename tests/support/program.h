#pragma once
// Runs the program as a user does: its exit code and what it printed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {

struct ProgramResult {
  int exit = 0;  // 1000 + signal when one ended it
  std::string out, error;
};

// A started program; its two outputs go to files in a folder of its own.
class Program {
 public:
  explicit Program(const std::vector<std::string>& words) {
    child_ = fork();
    if (child_ != 0) return;
    std::vector<char*> arguments = {const_cast<char*>(POLYCLINIC_PROGRAM)};
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    setenv("OMP_NUM_THREADS", "1", 1);
    setenv("POLYCLINIC_CONFIGS", POLYCLINIC_SOURCE_DIR "/configs", 1);
    setenv("POLYCLINIC_MODELS", POLYCLINIC_TEST_MODELS, 1);  // a tiny/ of random weights, made by the build
    if (std::freopen((folder_.path() / "out").c_str(), "w", stdout) == nullptr) _exit(126);
    if (std::freopen((folder_.path() / "error").c_str(), "w", stderr) == nullptr) _exit(126);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  void send(int signal) const { kill(child_, signal); }
  ProgramResult wait() {
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status), read_file(folder_.path() / "out"),
            read_file(folder_.path() / "error")};
  }

 private:
  TemporaryFolder folder_;
  pid_t child_ = -1;
};

inline ProgramResult run_program(const std::vector<std::string>& words) { return Program(words).wait(); }

}  // namespace polyclinic
