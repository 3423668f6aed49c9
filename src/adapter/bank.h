#pragma once
// All slots of one linear: y = W x + sum over the row's slots a of (alpha_a / r_a) B_a A_a dropout(x), or their fusion
// (piece.h). One custom autograd function saves x and the codes; gradients go straight into the ParameterStore, per
// task where a slot asks for it.
#include <memory>

#include "adapter/piece.h"
#include "adapter/routing.h"
#include "model/projection.h"
#include "model/side_stream.h"

namespace polyclinic {

// What all banks of a run share.
struct AdapterContext {
  AdapterPlan plan;
  ParameterStore* store = nullptr;
  std::shared_ptr<const Routing> routing;  // of the pack at hand
  at::Tensor anchor;                       // an input that requires a gradient, so that backward is always called
  FactorCopies copies;                     // of all stacks
  mutable SideStream side;                 // for the adapters' small products
};

class Bank final : public ProjectionAdapter {
 public:
  // A targeted part of the projection.
  struct Part {
    std::string name;  // "q_proj"
    PartRows rows;
  };
  // Adds its parameters to the context's store.
  Bank(std::shared_ptr<AdapterContext> context, const Projection& projection, std::vector<Part> parts,
       std::uint32_t id);

  at::Tensor forward(const at::Tensor& x, const FrozenWeight& weight, const PackTensors& pack,
                     std::int64_t first_row) override;

  const std::string& path() const { return path_; }
  const std::vector<Part>& parts() const { return parts_; }
  const std::vector<SlotParameters>& parameters() const { return parameters_; }  // one a slot of the plan
  const AdapterContext& context() const { return *context_; }
  std::uint32_t id() const { return id_; }
  std::int64_t rows() const { return rows_; }  // of the whole merged linear
  const std::vector<PartRows>& part_rows() const { return part_rows_; }
  // What the rows of a pack go through; the stacks follow the store's values. Outside autograd.
  std::vector<Piece> pieces(const Routing& routing, const at::TensorOptions& options);

 private:
  void declare(std::size_t slot, std::int64_t inputs);
  Stack& stack(const std::vector<std::size_t>& slots, const at::TensorOptions& options);
  double mean_width() const;  // inputs and outputs of a part
  bool apart_by_route(const Routing& routing, std::size_t pieces, bool cuda) const;
  bool apart_by_task(const Routing& routing, bool cuda) const;

  std::shared_ptr<AdapterContext> context_;
  std::string path_;
  std::vector<Part> parts_;
  std::vector<PartRows> part_rows_;
  std::vector<SlotParameters> parameters_;
  std::vector<std::int64_t> ranks_;  // one a slot: over all parts
  std::uint32_t id_;
  std::int64_t inputs_, outputs_, rows_;
  std::vector<std::unique_ptr<Stack>> stacks_;
};

}  // namespace polyclinic
