#include "data/task_stream.h"

#include <nlohmann/json.hpp>

#include <numeric>

#include "core/concat.h"
#include "core/error.h"
#include "core/random.h"

namespace polyclinic {

namespace {
// FNV-1a: a task's order does not depend on which other tasks a run has.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325u;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return value;
}
}  // namespace

std::vector<std::size_t> epoch_order(std::uint64_t seed, std::uint64_t epoch, std::string_view task,
                                     std::size_t examples) {
  std::vector<std::size_t> order(examples);
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream(seed, mix({epoch, hash(task)})).shuffle(order);
  return order;
}

void to_json(nlohmann::json& out, const StreamPosition& position) {
  out = {{"epoch", position.epoch}, {"cursor", position.cursor}};
}

void from_json(const nlohmann::json& in, StreamPosition& position) {
  in.at("epoch").get_to(position.epoch);
  in.at("cursor").get_to(position.cursor);
}

TaskStream::TaskStream(std::uint64_t seed, std::string task, std::size_t examples, StreamPosition position)
    : seed_(seed), task_(std::move(task)), examples_(examples), position_(position) {
  if (examples_ == 0) throw InputError(concat("task '", task_, "' has no training examples"));
  if (position_.cursor >= examples_) {
    throw InputError(
        concat("task '", task_, "' has ", examples_, " examples, and its saved position is ", position_.cursor), {},
        "the data changed since the checkpoint: start anew");
  }
  order_ = epoch_order(seed_, position_.epoch, task_, examples_);
}

std::size_t TaskStream::next() {
  const std::size_t example = order_[position_.cursor];
  if (++position_.cursor == examples_) {
    position_ = {position_.epoch + 1, 0};
    order_ = epoch_order(seed_, position_.epoch, task_, examples_);
  }
  return example;
}

}  // namespace polyclinic
