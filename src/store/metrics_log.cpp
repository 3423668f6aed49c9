#include "store/metrics_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"

namespace polyclinic {
namespace fs = std::filesystem;

namespace {
[[noreturn]] void fail(const char* doing, const fs::path& file) {
  throw FailedError(concat(doing, " failed: ", std::strerror(errno)), {.file = file.string()});
}

// Bytes of whole lines up to the first line that is no object or stands beyond the step.
std::size_t kept_bytes(std::string_view text, std::int64_t step) {
  std::size_t kept = 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', kept)) {
    const auto line = nlohmann::json::parse(text.substr(kept, end - kept), nullptr, false);
    if (!line.is_object()) break;
    const auto at = line.find("step");
    if (at != line.end() && at->is_number_integer() && at->get<std::int64_t>() > step) break;
    kept = end + 1;
  }
  return kept;
}
}  // namespace

MetricsLog::MetricsLog(fs::path file, std::int64_t resumed_step) : file_(std::move(file)) {
  std::error_code code;
  if (file_.has_parent_path()) fs::create_directories(file_.parent_path(), code);
  if (code) throw FailedError(concat("cannot make the folder: ", code.message()), {.file = file_.string()});
  descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("open", file_);
  const std::size_t kept = kept_bytes(read_file(file_), resumed_step);
  if (::ftruncate(descriptor_, static_cast<off_t>(kept)) != 0) {
    const int cause = errno;
    ::close(descriptor_);
    errno = cause;
    fail("truncate", file_);
  }
}

MetricsLog::~MetricsLog() { ::close(descriptor_); }

void MetricsLog::append(const nlohmann::json& object) {
  const std::string line = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t written = ::write(descriptor_, line.data() + done, line.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", file_);
    done += static_cast<std::size_t>(written);
  }
}

void MetricsLog::sync() {
  if (::fdatasync(descriptor_) != 0) fail("fsync", file_);
}

}  // namespace polyclinic
