#pragma once
// TensorBoard event files: TFRecord framing around Event messages in protobuf's wire format, encoded here (field
// numbers of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto).
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polyclinic {

// A small picture for TensorBoard: values in rows, white (lowest) to blue (highest); absent (NaN) is grey.
struct HeatMap {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;  // [rows * columns]
  double low = 0, high = 1;    // values at and beyond them get the end colours
};

class EventWriter {
 public:
  // Begins a new file events.out.tfevents.<seconds>.<host>.<pid> in `folder` (made when absent). When a run resumes at
  // `resumed_step` > 0, viewers are told to forget what older files say beyond that step.
  explicit EventWriter(const std::filesystem::path& folder, std::int64_t resumed_step = 0);
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  void scalar(std::int64_t step, std::string_view tag, double value) { scalars(step, {{std::string(tag), value}}); }
  void scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values);  // one event
  void text(std::int64_t step, std::string_view tag, std::string_view markdown);
  void image(std::int64_t step, std::string_view tag, const HeatMap& map, std::size_t pixels_per_cell = 16);
  void flush();  // to disk
  const std::filesystem::path& file() const { return file_; }

 private:
  void write_event(std::int64_t step, std::string_view body);
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace polyclinic
