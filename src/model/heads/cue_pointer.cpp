#include "model/heads/cue_pointer.h"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <limits>

#include "data/labels/layer_labels.h"
#include "model/upload.h"

namespace polyclinic {
namespace {
constexpr std::int64_t kLongest = 12;  // tokens of a cue
}

std::vector<HeadParameter> CuePointer::parameters() const {
  if (names_.empty()) return {};
  const std::int64_t states = kMentionStates * hidden_size_, names = static_cast<std::int64_t>(names_.size());
  const double by_states = 1 / std::sqrt(static_cast<double>(states));
  const double by_hidden = 1 / std::sqrt(static_cast<double>(hidden_size_));
  return {{"cue.begin.query", {width(), states}, by_states},
          {"cue.begin.attribute", {names, width()}, 1},
          {"cue.begin.key", {width(), hidden_size_}, by_hidden},
          {"cue.end.query", {width(), states}, by_states},
          {"cue.end.attribute", {names, width()}, 1},
          {"cue.end.key", {width(), hidden_size_}, by_hidden}};
}

std::pair<at::Tensor, at::Tensor> CuePointer::scores(const Item& item) const {
  const WindowCues& window = *item.window;
  const std::size_t mentions = window.mentions.size(), names = names_.size(), questions = window.questions.size();
  std::vector<float> of_mention(questions * mentions), of_name(questions * names);
  for (std::size_t q = 0; q < questions; ++q) {
    of_mention[q * mentions + window.questions[q].mention] = 1;
    of_name[q * names + window.questions[q].attribute] = 1;
  }
  const at::TensorOptions to = item.hidden.options();
  const auto matrix = [&](const std::vector<float>& values) {
    return upload(at::tensor(values).view({static_cast<std::int64_t>(questions), -1}), to);
  };
  const at::Tensor select = matrix(of_mention), name = matrix(of_name);
  const at::Tensor states = mention_states(item.hidden, window.mentions);
  const at::Tensor rows = item.hidden.narrow(0, static_cast<std::int64_t>(window.rows.first),
                                             static_cast<std::int64_t>(window.rows.size()));
  const auto side = [&](std::size_t first) {
    const at::Tensor query = at::mm(select, at::linear(states, weights_[first])).add(at::mm(name, weights_[first + 1]));
    return at::mm(query, at::linear(rows, weights_[first + 2]).t()).mul(1 / std::sqrt(static_cast<double>(width())));
  };
  return {side(0), side(3)};
}

HeadLoss CuePointer::loss(const std::vector<Item>& items) const {
  HeadLoss result;
  result.sum = items.front().hidden.sum().mul(0);
  for (const Item& item : items) {
    std::vector<std::int64_t> begins, ends;
    std::int64_t units = 0;
    for (const WindowCues::Question& question : item.window->questions) {
      const bool known = question.gold.size() > 0;
      const auto row = [&](std::size_t at) { return static_cast<std::int64_t>(at - item.window->rows.first); };
      begins.push_back(known ? row(question.gold.first) : ignored_label);
      ends.push_back(known ? row(question.gold.last - 1) : ignored_label);
      units += known;
    }
    if (units == 0) continue;
    const auto [begin, end] = scores(item);
    for (const auto& [side, targets] : {std::pair(begin, begins), std::pair(end, ends)}) {
      result.sum = result.sum.add(at::cross_entropy_loss(side, upload(at::tensor(targets), side.device()), {},
                                                         at::Reduction::Sum, ignored_label));
    }
    result.units += units;
  }
  return result;
}

std::vector<std::vector<std::int32_t>> CuePointer::predict(const std::vector<Item>& items) const {
  std::vector<std::vector<std::int32_t>> out(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].window->questions.empty()) continue;
    auto [begins, ends] = scores(items[i]);
    begins = begins.to(at::kCPU, at::kFloat).contiguous();
    ends = ends.to(at::kCPU, at::kFloat).contiguous();
    const std::int64_t rows = begins.size(1);
    for (std::int64_t q = 0; q < begins.size(0); ++q) {
      const float* const begin = begins.const_data_ptr<float>() + q * rows;
      const float* const end = ends.const_data_ptr<float>() + q * rows;
      float best = -std::numeric_limits<float>::infinity();
      std::int64_t first = 0, last = 0;
      for (std::int64_t a = 0; a < rows; ++a) {
        for (std::int64_t b = a; b < std::min(rows, a + kLongest); ++b) {
          if (begin[a] + end[b] > best) best = begin[a] + end[b], first = a, last = b;
        }
      }
      const auto offset = static_cast<std::int64_t>(items[i].window->rows.first);
      out[i].push_back(static_cast<std::int32_t>(first + offset));
      out[i].push_back(static_cast<std::int32_t>(last + offset));
    }
  }
  return out;
}

}  // namespace polyclinic
