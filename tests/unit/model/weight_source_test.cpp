#include "model/weight_source.h"

#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "model/pickle_program.h"
#include "model/safetensors.h"
#include "support/model_reference.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

template <typename Body>
void expect_refused(const Body& body, const std::string& word) {
  try {
    body();
    ADD_FAILURE() << "accepted; wanted a complaint with: " << word;
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr(word));
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
}

// torch.save of the llama reference's state dict (make_references.py), a tied view and a parameter among it.
TEST(WeightSource, PickledWeightsEqualTheSafetensors) {
  const TemporaryFolder folder;
  fs::copy_file(reference_folder("pickle") / "pytorch_model.bin", folder.path() / "pytorch_model.bin");
  const auto pickled = open_weights(folder.path());
  const auto wanted = read_safetensors(reference_folder("pickle") / "wanted.safetensors");
  EXPECT_EQ(pickled->names().size(), wanted.size());
  for (const auto& [name, tensor] : wanted) EXPECT_TRUE(at::equal(pickled->read(name), tensor)) << name;
}

TEST(WeightSource, TruncatedArchivesAreRefused) {
  const std::string whole = read_file(reference_folder("pickle") / "pytorch_model.bin");
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "pytorch_model.bin";
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    write_file_atomic(file, whole.substr(0, size));
    EXPECT_THROW(open_weights(folder.path()), InputError) << size;
  }
}

TEST(Pickle, ForeignGlobalsAndOpcodesAreRefusedByName) {
  const auto run = [](const std::string& program) { return [program] { run_pickle(program, "m.bin"); }; };
  expect_refused(run("\x80\x02"
                     "cposix\nsystem\nX\x02\0\0\0id\x85R."),
                 "posix.system");
  expect_refused(run(std::string("\x80\x04\x8c\x05posix\x8c\x06system\x93.", 19)), "posix.system");
  expect_refused(run("\x80\x02i__builtin__\neval\n."), "opcode 105");
  expect_refused(run("\x80\x02N."), "None");
  expect_refused(run("\x80\x02"), "early");
  expect_refused(run("\x80\x02R."), "empty stack");
  expect_refused(run("\x80\x02}K\x01K\x02s."), "string");
  EXPECT_TRUE(run_pickle("\x80\x02}.", "m.bin").empty());
}

TEST(WeightSource, ShardsByTheirIndexAndNeverTheConsolidatedFile) {
  const TemporaryFolder folder;
  const auto all = read_safetensors(reference_folder("mistral") / "model.safetensors");
  std::map<std::string, at::Tensor> halves[2];
  std::string map;
  int count = 0;
  for (const auto& [name, tensor] : all) {
    const int half = count++ % 2;
    halves[half].emplace(name, tensor);
    map += (map.empty() ? "\"" : ",\"") + name + "\":\"model-" + std::to_string(half) + ".safetensors\"";
  }
  for (int half : {0, 1}) {
    write_safetensors(folder.path() / ("model-" + std::to_string(half) + ".safetensors"), halves[half]);
  }
  write_file_atomic(folder.path() / "consolidated.safetensors", "not read");
  expect_refused([&] { open_weights(folder.path()); }, "consolidated.safetensors has other tensor names");
  const fs::path index = folder.path() / "model.safetensors.index.json";
  write_file_atomic(index, "{\"weight_map\":{" + map + "}}");
  const auto source = open_weights(folder.path());
  for (const auto& [name, tensor] : all) EXPECT_TRUE(at::equal(source->read(name), tensor)) << name;
  expect_refused([&] { source->read("nothing"); }, "nothing");
  expect_refused([&] { read_shaped(*source, "model.norm.weight", {33}); }, "[32]; config.json needs [33]");
  write_file_atomic(index, R"({"weight_map":{"a":"../../etc/passwd"}})");
  expect_refused([&] { open_weights(folder.path()); }, "plain file name");
  write_file_atomic(index, R"({"weight_map":{"a":"model-0.safetensors"}})");
  expect_refused([&] { open_weights(folder.path()); }, "is not in model-0.safetensors");
  write_file_atomic(index, "{");
  expect_refused([&] { open_weights(folder.path()); }, "JSON");
}

TEST(WeightSource, AnEmptyFolderSaysWhatWasLookedFor) {
  const TemporaryFolder folder;
  expect_refused([&] { open_weights(folder.path()); }, "model.safetensors.index.json, model.safetensors");
  expect_refused([&] { open_weights(folder.path() / "none"); }, "not a folder");
}

}  // namespace
}  // namespace polyclinic
