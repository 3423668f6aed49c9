#include "store/event_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>

#include "core/concat.h"
#include "core/error.h"
#include "store/crc32c.h"
#include "store/png.h"
#include "store/wire.h"

namespace polyclinic {
namespace fs = std::filesystem;

namespace {
// Event
constexpr std::uint32_t event_wall_time = 1, event_step = 2, event_file_version = 3, event_summary = 5,
                        event_session_log = 7;
// SessionLog: status START = 1. Summary: value = 1.
constexpr std::uint32_t session_status = 1, summary_value = 1;
// Summary.Value
constexpr std::uint32_t value_tag = 1, value_simple = 2, value_image = 4, value_tensor = 8, value_metadata = 9;
// Summary.Image
constexpr std::uint32_t image_height = 1, image_width = 2, image_colours = 3, image_bytes = 4;
// SummaryMetadata, its PluginData; TensorProto: dtype = 1 (DT_STRING = 7), shape = 2, string_val = 8
constexpr std::uint32_t metadata_plugin = 1, plugin_name = 1, tensor_type = 1, tensor_shape = 2, tensor_string = 8;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

[[noreturn]] void fail(const char* doing, const fs::path& file) {
  throw FailedError(concat(doing, " failed: ", std::strerror(errno)), {.file = file.string()});
}

fs::path new_file(const fs::path& folder) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {'h', 'o', 's', 't'};
  return folder / concat("events.out.tfevents.", static_cast<long long>(now()), ".", host.data(), ".",
                         static_cast<long long>(::getpid()));
}

std::string summary_of(const std::string& value) {
  std::string summary, body;
  wire::bytes_field(summary, summary_value, value);
  wire::bytes_field(body, event_summary, summary);
  return body;
}
}  // namespace

EventWriter::EventWriter(const fs::path& folder, std::int64_t resumed_step) : file_(new_file(folder)) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw FailedError(concat("cannot make the folder: ", code.message()), {.file = folder.string()});
  descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("open", file_);
  std::string version;
  wire::bytes_field(version, event_file_version, "brain.Event:2");
  write_event(0, version);
  if (resumed_step > 0) {
    std::string session, body;
    wire::integer_field(session, session_status, 1);
    wire::bytes_field(body, event_session_log, session);
    write_event(resumed_step + 1, body);
  }
}

EventWriter::~EventWriter() { ::close(descriptor_); }

void EventWriter::write_event(std::int64_t step, std::string_view body) {
  std::string event, length, record;
  wire::double_field(event, event_wall_time, now());
  if (step != 0) wire::integer_field(event, event_step, step);
  event += body;
  wire::little_endian(length, static_cast<std::uint64_t>(event.size()));
  record = length;
  wire::little_endian(record, masked_crc32c(length));
  record += event;
  wire::little_endian(record, masked_crc32c(event));
  // One write a record, so that a killed process leaves whole records.
  for (std::size_t done = 0; done < record.size();) {
    const ssize_t written = ::write(descriptor_, record.data() + done, record.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", file_);
    done += static_cast<std::size_t>(written);
  }
}

void EventWriter::scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values) {
  std::string summary, body;
  for (const auto& [tag, number] : values) {
    std::string value;
    wire::bytes_field(value, value_tag, tag);
    wire::float_field(value, value_simple, static_cast<float>(number));
    wire::bytes_field(summary, summary_value, value);
  }
  wire::bytes_field(body, event_summary, summary);
  write_event(step, body);
}

void EventWriter::text(std::int64_t step, std::string_view tag, std::string_view markdown) {
  std::string tensor, plugin, metadata, value;
  wire::integer_field(tensor, tensor_type, 7);
  wire::bytes_field(tensor, tensor_shape, "");
  wire::bytes_field(tensor, tensor_string, markdown);
  wire::bytes_field(plugin, plugin_name, "text");
  wire::bytes_field(metadata, metadata_plugin, plugin);
  wire::bytes_field(value, value_tag, tag);
  wire::bytes_field(value, value_tensor, tensor);
  wire::bytes_field(value, value_metadata, metadata);
  write_event(step, summary_of(value));
}

void EventWriter::image(std::int64_t step, std::string_view tag, const HeatMap& map, std::size_t pixels_per_cell) {
  const std::size_t width = map.columns * pixels_per_cell, height = map.rows * pixels_per_cell;
  std::vector<std::uint8_t> pixels;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const double number = map.values.at(y / pixels_per_cell * map.columns + x / pixels_per_cell);
      const double share = std::clamp((number - map.low) / (map.high - map.low), 0.0, 1.0);
      const auto mix = [&](double to) { return static_cast<std::uint8_t>(std::lround(255 + share * (to - 255))); };
      if (std::isfinite(number)) {
        pixels.insert(pixels.end(), {mix(8), mix(48), mix(107)});
      } else {
        pixels.insert(pixels.end(), {160, 160, 160});
      }
    }
  }
  std::string picture, value;
  wire::integer_field(picture, image_height, static_cast<std::int64_t>(height));
  wire::integer_field(picture, image_width, static_cast<std::int64_t>(width));
  wire::integer_field(picture, image_colours, 3);
  wire::bytes_field(picture, image_bytes, png(pixels, width, height));
  wire::bytes_field(value, value_tag, tag);
  wire::bytes_field(value, value_image, picture);
  write_event(step, summary_of(value));
}

void EventWriter::flush() {
  if (::fdatasync(descriptor_) != 0) fail("fsync", file_);
}

}  // namespace polyclinic
