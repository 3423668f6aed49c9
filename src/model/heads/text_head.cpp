#include "model/heads/text_head.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "model/heads/mention_states.h"
#include "model/upload.h"

namespace polyclinic {
namespace {

void append(Sequence& sequence, const std::vector<std::int32_t>& ids) {
  sequence.token_ids.insert(sequence.token_ids.end(), ids.begin(), ids.end());
}

// Rows of the first `keep` tokens.
TokenRange append(Sequence& sequence, const std::vector<Token>& tokens, std::size_t keep) {
  const std::size_t first = sequence.token_ids.size();
  for (std::size_t t = 0; t < keep; ++t) sequence.token_ids.push_back(tokens[t].id);
  return {first, first + keep};
}

at::Tensor unit_rows(const at::Tensor& rows) { return rows.div(rows.mul(rows).sum(1, true).add(1e-12).sqrt()); }

}  // namespace

TextReader::TextReader(const HeadOptions& options)
    : hidden_size_(options.hidden_size),
      window_(options.window),
      mean_(options.settings.pooling == "mean" || (options.settings.pooling == "auto" && options.bidirectional)),
      compare_(options.settings.pair == "compare") {}

void TextReader::encode(const Example& example, const Tokenizer& tokenizer, TextExample& out,
                        HeadCounts& counts) const {
  const std::vector<Token> first = tokenizer.encode_plain(example.text, false);
  const std::vector<Token> second = tokenizer.encode_plain(example.second_text, false);
  const std::vector<std::int32_t>&prefix = tokenizer.prefix_ids(), &suffix = tokenizer.suffix_ids();
  std::vector<std::int32_t> between;
  if (!second.empty() || prefix.size() + first.size() + suffix.size() == 0) {  // a sequence is never empty
    for (const Token& token : tokenizer.encode_plain("\n", false)) between.push_back(token.id);
  }
  const std::size_t taken = prefix.size() + suffix.size() + between.size();
  const std::size_t room = window_.max_tokens - std::min(window_.max_tokens, taken);
  const std::size_t keep_first = std::min(first.size(), std::max(room / 2, room - std::min(room, second.size())));
  const std::size_t keep_second = std::min(second.size(), room - keep_first);
  const std::size_t lost = first.size() + second.size() - keep_first - keep_second;
  ++counts.texts;
  counts.cut += lost > 0;
  counts.cut_tokens += static_cast<std::int64_t>(lost);
  Sequence sequence;
  append(sequence, prefix);
  out.first = append(sequence, first, keep_first);
  append(sequence, between);
  out.second = append(sequence, second, keep_second);
  append(sequence, suffix);
  sequence.byte_begin.assign(sequence.token_ids.size(), 0);  // nothing is read back by place
  sequence.byte_end.assign(sequence.token_ids.size(), 0);
  out.sequences = {std::move(sequence)};
  out.units = {0};
}

at::Tensor TextReader::features(const HeadBatch& batch) const {
  std::vector<std::vector<TokenRange>> pooled, first, second;
  for (const HeadBatch::Row& row : batch.rows) {
    const auto begin = static_cast<std::size_t>(row.begin), end = static_cast<std::size_t>(row.end);
    pooled.push_back({{mean_ ? begin : end - 1, end}});
    if (!compare_) continue;
    const auto& encoded = static_cast<const TextExample&>(*row.example);
    first.push_back({{begin + encoded.first.first, begin + encoded.first.last}});
    second.push_back({{begin + encoded.second.first, begin + encoded.second.last}});
  }
  const at::Tensor state = mean_rows(batch.hidden, pooled);
  if (!compare_) return state;
  const at::Tensor u = unit_rows(mean_rows(batch.hidden, first)), v = unit_rows(mean_rows(batch.hidden, second));
  const auto d = static_cast<double>(hidden_size_);
  return at::cat({state, u.sub(v).abs().mul(std::sqrt(d)), u.mul(v).mul(d)}, 1);
}

std::unique_ptr<HeadExample> TextHead::encode(const Example& example, const Tokenizer& tokenizer, bool with_gold,
                                              HeadCounts& counts) const {
  auto encoded = std::make_unique<TextExample>();
  reader_.encode(example, tokenizer, *encoded, counts);
  encoded->query = example.group;
  if (with_gold) encoded->targets = targets(example, counts);
  encoded->units = {encoded->targets.empty() ? 0 : 1};
  return encoded;
}

at::Tensor TextHead::logits(const HeadBatch& batch) const {
  return at::linear(reader_.features(batch), weight_, bias_);
}

at::Tensor TextHead::target_rows(const HeadBatch& batch, const at::Tensor& logits) {
  std::vector<double> values;
  for (const HeadBatch::Row& row : batch.rows) {
    const auto& targets = static_cast<const TextExample&>(*row.example).targets;
    values.insert(values.end(), targets.begin(), targets.end());
  }
  return upload(at::tensor(values).view({static_cast<std::int64_t>(batch.rows.size()), -1}), logits.options());
}

std::vector<HeadOutput> row_scores(const at::Tensor& matrix) {
  const at::Tensor host = matrix.to(at::kCPU).to(at::kFloat).contiguous();
  const float* value = host.const_data_ptr<float>();
  std::vector<HeadOutput> outputs(static_cast<std::size_t>(host.size(0)));
  for (HeadOutput& output : outputs) {
    output.scores.assign(value, value + host.size(1));
    value += host.size(1);
  }
  return outputs;
}

}  // namespace polyclinic
