#include "model/safetensors.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/error.h"
#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

using testing::HasSubstr;

std::string file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string out(8, '\0');
  std::memcpy(out.data(), &length, 8);
  return out + header + std::string(data_bytes, '\1');
}

void expect_refused(const std::string& bytes, const std::string& word) {
  try {
    parse_safetensors(bytes, "w.safetensors");
    ADD_FAILURE() << "accepted; wanted a complaint with: " << word;
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("w.safetensors"));
    EXPECT_THAT(error.what(), HasSubstr(word));
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
}

TEST(Safetensors, MalformedHeadersGetOneClearLine) {
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  EXPECT_NO_THROW(parse_safetensors(file_of("{" + a + "}", 8), "w.safetensors"));
  expect_refused("1234567", "too short");
  std::string huge = file_of("{}", 0);
  huge[6] = '\x7f';
  expect_refused(huge, "100 MB");
  expect_refused(file_of("{" + a + "}", 8).substr(0, 20), "truncated");
  expect_refused(file_of("{" + a + "}", 4), "truncated");
  expect_refused(file_of("{" + a, 8), "JSON");
  expect_refused(file_of("[1]", 0), "object");
  expect_refused(file_of("{" + a + "," + a + "}", 8), "twice");
  expect_refused(file_of("{" + a + "}", 9), "belong to no tensor");
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12), "gap");
  expect_refused(file_of("{" + a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8), "overlap");
  expect_refused(file_of(R"({"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}})", 8), "F99");
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8), "need 12");
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8), "negative");
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", 8), "memory");
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8), "backwards");
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[2]}})", 8), "data_offsets");
  expect_refused(file_of(R"({"__metadata__":{"a":1}})", 0), "string");
  expect_refused(file_of("{\"\xff\":1}", 0), "JSON");
  expect_refused(file_of(R"({"a":{"dtype":"F32","shape":[[[1]]],"data_offsets":[0,8]}})", 8), "deep");
}

TEST(Safetensors, WhatIsWrittenIsReadAgain) {
  const TemporaryFolder folder;
  std::map<std::string, at::Tensor> tensors;
  for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kByte}) {
    tensors.emplace(c10::toString(type), at::arange(5, at::TensorOptions().dtype(type)));
  }
  tensors.emplace("transposed", at::arange(6, at::TensorOptions().dtype(at::kFloat)).view({2, 3}).t());
  write_safetensors(folder.path() / "a.safetensors", tensors, {{"format", "pt"}});
  const auto again = read_safetensors(folder.path() / "a.safetensors");
  ASSERT_EQ(again.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) EXPECT_TRUE(at::equal(again.at(name), tensor)) << name;
  EXPECT_EQ(SafetensorsFile(folder.path() / "a.safetensors").header().metadata.at("format"), "pt");
}

TEST(Safetensors, DataThatIsNotAlignedIsStillRead) {
  const TemporaryFolder folder;
  const float values[2] = {1.5F, -2.0F};
  std::string bytes = file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]} })", 8);
  bytes.resize(bytes.size() - 8);
  ASSERT_NE(bytes.size() % 4, 0U);
  bytes.append(reinterpret_cast<const char*>(values), 8);
  write_file_atomic(folder.path() / "a", bytes);
  const at::Tensor tensor = SafetensorsFile(folder.path() / "a").read("a");
  EXPECT_EQ(tensor[0].item<float>(), 1.5F);
  EXPECT_EQ(tensor[1].item<float>(), -2.0F);
}

}  // namespace
}  // namespace polyclinic
