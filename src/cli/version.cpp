#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>

namespace polyclinic {

std::function<int()> declare_version(CLI::App&) {
  return [] {
    std::printf("polyclinic %s\n", POLYCLINIC_VERSION);
    return 0;
  };
}

}  // namespace polyclinic
