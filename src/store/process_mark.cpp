#include "store/process_mark.h"

#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/concat.h"

namespace polyclinic {

namespace {
std::string contents(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string machine() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return "unknown";
  std::string boot = contents("/proc/sys/kernel/random/boot_id");
  while (!boot.empty() && boot.back() == '\n') boot.pop_back();
  return concat(host.data(), "/", boot);
}

// When a process began, in the kernel's ticks since boot (proc(5), field 22 of stat); empty when there is none.
std::string start_of(const std::string& pid) {
  const std::string stat = contents(concat("/proc/", pid, "/stat"));
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return "";
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  return field;
}
}  // namespace

std::string this_process() {
  const std::string pid = std::to_string(::getpid());
  return concat(machine(), " ", pid, " ", start_of(pid));
}

bool is_alive(const std::string& process_mark) {
  std::istringstream parts(process_mark);
  std::string where, pid, start;
  parts >> where >> pid >> start;
  const std::string host = where.substr(0, where.find('/')), here = machine();
  if (host != here.substr(0, here.find('/'))) return true;
  return where == here && start_of(pid) == start && !start.empty();
}

}  // namespace polyclinic
