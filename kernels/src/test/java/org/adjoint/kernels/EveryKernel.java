package org.adjoint.kernels;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;

/** One small call of every kernel, for decorators of kernels. */
final class EveryKernel {
  /** How many calls {@link #call} makes. */
  static final int CALLS = 49;

  private final Device device;

  private EveryKernel(Device device) {
    this.device = device;
  }

  private Tensor zeros(int... dims) {
    return Tensor.zeros(device, DType.F32, dims);
  }

  private Tensor indices(int... dims) {
    return Tensor.zeros(device, DType.I32, dims);
  }

  /** Calls every kernel once on tensors of a device. */
  static void call(Device device, Kernels k) {
    new EveryKernel(device).all(k);
  }

  private void all(Kernels k) {
    k.elementwise().fill(1, zeros(3));
    k.elementwise().copy(zeros(3), zeros(3));
    k.elementwise().unary(UnaryOp.RELU, zeros(3), 0, 0, zeros(3));
    k.elementwise().binary(BinaryOp.ADD, zeros(3), zeros(3), zeros(3));
    k.elementwise().where(zeros(3), zeros(3), zeros(3), zeros(3));
    k.elementwise().map(Expr.x(), new double[0], zeros(3), zeros(3));
    k.reductions().reduce(ReduceOp.SUM, zeros(3), 0, zeros());
    k.reductions().mapReduce(ReduceOp.SUM, Expr.x(), new double[0], 0, zeros(), zeros(3));
    k.reductions().argReduce(true, zeros(3), 0, indices());
    k.reductions().argReduce(false, zeros(3), 0, indices());
    k.matmul().matmul(zeros(2, 2), false, zeros(2, 2), false, zeros(2), zeros(2, 2));
    Conv2dSpec conv = Conv2dSpec.DEFAULT;
    k.convolutions().conv2d(zeros(1, 1, 3, 3), zeros(1, 1, 1, 1), null, conv, zeros(1, 1, 3, 3));
    k.convolutions()
        .conv2dInputGradient(zeros(1, 1, 3, 3), zeros(1, 1, 1, 1), conv, zeros(1, 1, 3, 3));
    k.convolutions()
        .conv2dWeightGradient(zeros(1, 1, 3, 3), zeros(1, 1, 3, 3), conv, zeros(1, 1, 1, 1));
    Pool2dSpec pool = Pool2dSpec.of(2, 2);
    k.convolutions().maxPool2d(zeros(1, 1, 2, 2), pool, zeros(1, 1, 1, 1), indices(1, 1, 1, 1));
    k.convolutions().maxPool2dGradient(zeros(1, 1, 1, 1), indices(1, 1, 1, 1), zeros(1, 1, 2, 2));
    k.convolutions().avgPool2d(zeros(1, 1, 2, 2), pool, zeros(1, 1, 1, 1));
    k.convolutions().avgPool2dGradient(zeros(1, 1, 1, 1), pool, zeros(1, 1, 2, 2));
    k.softmax().softmax(zeros(3), zeros(3));
    k.softmax().logSoftmax(zeros(3), zeros(3));
    k.softmax().softmaxGradient(zeros(3), zeros(3), zeros(3));
    k.softmax().logSoftmaxGradient(zeros(3), zeros(3), zeros(3));
    k.softmax().crossEntropy(zeros(2, 3), indices(2), zeros(2, 3), zeros(2));
    k.softmax().crossEntropyGradient(zeros(2, 3), indices(2), zeros(2), zeros(2, 3));
    Tensor[] a = {zeros(1, 2, 3, 4), zeros(1, 5, 3, 4), zeros(1, 5, 3, 4)};
    AttentionSpec spec = new AttentionSpec(1, true, 0, 0.5);
    Tensor mask = zeros(1, 3, 2, 5);
    Tensor key = zeros(2);
    Tensor y = zeros(1, 2, 3, 4);
    Tensor lse = zeros(1, 3, 2);
    k.attention().attention(a[0], a[1], a[2], mask, key, spec, y, lse);
    Tensor dq = zeros(1, 2, 3, 4);
    Tensor dk = zeros(1, 5, 3, 4);
    Tensor dv = zeros(1, 5, 3, 4);
    Tensor dy = zeros(1, 2, 3, 4);
    k.attention().attentionGradient(a[0], a[1], a[2], mask, key, spec, y, lse, dy, dq, dk, dv);
    k.norms().batchStatistics(zeros(2, 3, 4), zeros(3), zeros(3));
    k.norms().batchNorm(zeros(2, 3, 4), zeros(3), zeros(3), zeros(3), zeros(3), 1, zeros(2, 3, 4));
    k.norms()
        .batchNormGradient(
            zeros(2, 3, 4),
            zeros(3),
            zeros(3),
            zeros(3),
            1,
            zeros(2, 3, 4),
            zeros(2, 3, 4),
            zeros(3),
            zeros(3));
    k.norms().rowNorm(zeros(2, 3), null, null, true, 1, zeros(2, 3), zeros(2), zeros(2));
    k.norms()
        .rowNormGradient(
            zeros(2, 3),
            zeros(2),
            zeros(2),
            zeros(3),
            true,
            zeros(2, 3),
            zeros(2, 3),
            zeros(3),
            null);
    RecurrentSpec lstm = new RecurrentSpec(RecurrentCell.LSTM, false);
    k.recurrent()
        .recurrent(
            lstm,
            zeros(1, 1, 4),
            zeros(2, 1, 1),
            zeros(4, 1),
            zeros(4),
            indices(1),
            zeros(1, 1, 5),
            zeros(3, 1, 1));
    k.recurrent()
        .recurrentGradient(
            lstm,
            zeros(3, 1, 1),
            zeros(1, 1, 5),
            zeros(2, 1, 1),
            zeros(4, 1),
            indices(1),
            zeros(3, 1, 1),
            zeros(1, 1, 4),
            null,
            zeros(2, 1, 1));
    k.recurrent()
        .ctc(zeros(1, 1, 2), indices(1, 1), indices(1), indices(1), 0, zeros(1, 1, 5), zeros(1));
    k.recurrent()
        .ctcGradient(
            zeros(1, 1, 2),
            indices(1, 1),
            indices(1),
            indices(1),
            0,
            zeros(1, 1, 5),
            zeros(1),
            zeros(1),
            zeros(1, 1, 2));
    k.indexing().gather(zeros(3), 0, indices(2), zeros(2));
    k.indexing().scatterAdd(zeros(2), 0, indices(2), zeros(3));
    k.reductions().scan(ReduceOp.SUM, false, zeros(3), 0, zeros(3));
    k.indexing().scatter(zeros(2), 0, indices(2), zeros(3));
    k.indexing().indexSelect(zeros(3), 0, indices(2), zeros(2));
    k.indexing().indexAdd(zeros(2), 0, indices(2), zeros(3));
    k.indexing().argSort(false, zeros(3), 0, indices(3));
    k.indexing().oneHot(indices(2), zeros(2, 3));
    k.random().uniform(1, 0, 0, 1, zeros(3));
    k.random().normal(1, 0, 0, 1, zeros(3));
    k.random().bernoulli(1, 0, 0.5, zeros(3));
    k.random().permutation(1, 0, indices(3));
    k.updates().update(UpdateRules.sgd(0.1), zeros(3), zeros(3));
    k.updates().updateRows(UpdateRules.sgd(0.1), indices(3), zeros(3, 2), zeros(3, 2));
  }
}
