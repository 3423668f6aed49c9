#include "model/projection.h"

#include <ATen/ops/from_blob.h>
#include <gtest/gtest.h>

#include "model/frozen_weight.h"

namespace polyclinic {
namespace {

at::Tensor matrix(std::vector<float> values, std::int64_t rows, std::int64_t columns) {
  return at::from_blob(values.data(), {rows, columns}, at::kFloat).clone();
}

std::vector<float> values_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kFloat).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

// Worked by hand: W = [[1, 2], [3, 4], [5, 6]], x = [[1, -1]] -> x W^T = [[-1, -1, -1]].
TEST(FrozenWeight, DenseForwardAndBackwardByHand) {
  for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kBFloat16}) {
    const auto weight = make_dense_weight(matrix({1, 2, 3, 4, 5, 6}, 3, 2).to(type));
    EXPECT_EQ(weight->rows(), 3);
    EXPECT_EQ(weight->columns(), 2);
    EXPECT_EQ(weight->bytes(), 6 * static_cast<std::int64_t>(c10::elementSize(type)));
    const at::Tensor y = weight->forward(matrix({1, -1}, 1, 2).to(type));
    EXPECT_EQ(y.scalar_type(), type);
    EXPECT_EQ(values_of(y), (std::vector<float>{-1, -1, -1}));
    EXPECT_EQ(values_of(weight->backward(matrix({1, 0, 2}, 1, 3).to(type))), (std::vector<float>{11, 14}));
    EXPECT_EQ(values_of(weight->dense(at::kFloat)), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  }
}

TEST(FrozenWeight, AnotherDtypeOfXIsServedInThatDtype) {
  const auto weight = make_dense_weight(matrix({1, 2, 3, 4, 5, 6}, 3, 2).to(at::kHalf));
  EXPECT_EQ(weight->forward(matrix({1, -1}, 1, 2)).scalar_type(), at::kFloat);
}

Projection projection() {
  return Projection("model.layers.0.mlp", {{"gate_proj", 0, 1}, {"up_proj", 1, 3}},
                    make_dense_weight(matrix({1, 2, 3, 4, 5, 6}, 3, 2)));
}

TEST(Projection, GradientOfXByHandAndNoGraphWithoutNeed) {
  const Projection linear = projection();
  const PackTensors pack;
  at::Tensor x = matrix({1, -1}, 1, 2);
  EXPECT_FALSE(linear.forward(x, pack).requires_grad());
  x.set_requires_grad(true);
  const at::Tensor y = linear.forward(x, pack);
  ASSERT_TRUE(y.requires_grad());
  y.backward(matrix({1, 0, 2}, 1, 3));
  EXPECT_EQ(values_of(x.grad()), (std::vector<float>{11, 14}));
}

class Doubling final : public ProjectionAdapter {
 public:
  at::Tensor forward(const at::Tensor& x, const FrozenWeight& weight, const PackTensors&, std::int64_t) override {
    return weight.forward(x).mul_(2);
  }
};

TEST(Projection, AnAttachedAdapterTakesOver) {
  Projection linear = projection();
  linear.attach(std::make_shared<Doubling>());
  EXPECT_EQ(values_of(linear.forward(matrix({1, -1}, 1, 2), PackTensors{})), (std::vector<float>{-2, -2, -2}));
  EXPECT_EQ(linear.path(), "model.layers.0.mlp");
  EXPECT_EQ(linear.parts()[1].name, "up_proj");
}

}  // namespace
}  // namespace polyclinic
