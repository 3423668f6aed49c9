// polyclinic pretrain: a small Llama-shaped base from text files, one document a line.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/verb.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "model/model_config.h"
#include "model/safetensors.h"
#include "text/tokenizer.h"
#include "train/pretrain.h"
#include "train/progress.h"

namespace polyclinic {
namespace {

struct Arguments {
  std::vector<std::string> texts;
  std::string tokenizer, out, device = "cpu";
  std::int64_t hidden = 192, layers = 4, heads = 6, intermediate = 512;
  PretrainOptions options;
};

// A file holds one document a line; in a folder, each *.txt file is a document.
std::vector<std::string> read_documents(const std::vector<std::string>& paths) {
  std::vector<std::string> documents;
  for (const std::string& path : paths) {
    if (std::filesystem::is_directory(path)) {
      std::vector<std::filesystem::path> files;
      for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.path().extension() == ".txt") files.push_back(entry.path());
      }
      std::sort(files.begin(), files.end());
      for (const std::filesystem::path& file : files) documents.push_back(read_file(file));
      continue;
    }
    const std::string text = read_file(path);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      if (end > begin) documents.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return documents;
}

std::vector<std::vector<std::int32_t>> encode(const std::vector<std::string>& paths, const Tokenizer& tokenizer) {
  std::vector<std::vector<std::int32_t>> documents;
  for (const std::string& text : read_documents(paths)) {
    documents.emplace_back();
    for (const Token& token : tokenizer.encode_plain(text, true)) documents.back().push_back(token.id);
  }
  return documents;
}

ModelConfig shape(const Arguments& arguments, const Tokenizer& tokenizer) {
  const nlohmann::json config = {{"architectures", {"LlamaForCausalLM"}},
                                 {"model_type", "llama"},
                                 {"hidden_size", arguments.hidden},
                                 {"num_hidden_layers", arguments.layers},
                                 {"num_attention_heads", arguments.heads},
                                 {"num_key_value_heads", arguments.heads},
                                 {"intermediate_size", arguments.intermediate},
                                 {"vocab_size", tokenizer.vocabulary_size()},
                                 {"max_position_embeddings", 2048},
                                 {"rms_norm_eps", 1e-5},
                                 {"rope_theta", 10000.0},
                                 {"hidden_act", "silu"},
                                 {"tie_word_embeddings", true}};
  return parse_model_config(config.dump(), "pretrain");
}

// Weights in float16: half the size, and the base is frozen from here on.
void write_half(const Trunk& trunk, const std::filesystem::path& out) {
  write_model_folder(trunk, out);
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, weight] : read_safetensors(out / "model.safetensors")) weights[name] = weight.to(at::kHalf);
  write_safetensors(out / "model.safetensors", weights, {{"format", "pt"}});
}

int run(const Arguments& arguments) {
  const std::filesystem::path out = arguments.out;
  const std::filesystem::path source =
      arguments.tokenizer.empty() ? out / "tokenizer.json" : std::filesystem::path(arguments.tokenizer);
  const Tokenizer tokenizer = Tokenizer::from_file(source);
  const auto documents = encode(arguments.texts, tokenizer);
  TrunkOptions options;
  options.trainable = true;
  options.device = at::Device(arguments.device);
  Trunk trunk = Trunk::random(shape(arguments, tokenizer), options, arguments.options.seed);
  Progress progress(stderr);
  const double loss = pretrain(trunk, documents, arguments.options, [&](const PretrainReport& report) {
    progress.report({report.step, arguments.options.steps, report.loss, report.tokens, 1.0, ""});
  });
  const std::string bytes = read_file(source);
  write_half(trunk, out);
  write_file_atomic(out / "tokenizer.json", bytes);
  std::printf("%s: loss %.4f over the last 50 steps\n", out.string().c_str(), loss);
  return 0;
}

}  // namespace

std::function<int()> declare_pretrain(CLI::App& command) {
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--text", arguments->texts, "text files (one document a line) or folders of .txt files")
      ->required();
  command.add_option("--out", arguments->out, "model folder to write")->required();
  command.add_option("--tokenizer", arguments->tokenizer, "tokenizer.json (default: the one in --out)");
  command.add_option("--device", arguments->device, "cpu or cuda; the bits differ between the two")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  command.add_option("--steps", arguments->options.steps, "optimizer steps")->capture_default_str();
  command.add_option("--batch-tokens", arguments->options.batch_tokens, "tokens of a step")->capture_default_str();
  command.add_option("--length", arguments->options.length, "tokens of a sequence")->capture_default_str();
  command.add_option("--learning-rate", arguments->options.learning_rate, "peak")->capture_default_str();
  command.add_option("--seed", arguments->options.seed, "of weights and order")->capture_default_str();
  command.add_option("--hidden", arguments->hidden, "width")->capture_default_str();
  command.add_option("--layers", arguments->layers, "blocks")->capture_default_str();
  command.add_option("--heads", arguments->heads, "attention heads")->capture_default_str();
  command.add_option("--intermediate", arguments->intermediate, "width of the MLP")->capture_default_str();
  return [arguments] { return run(*arguments); };
}

}  // namespace polyclinic
