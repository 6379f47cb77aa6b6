package org.adjoint.kernels;

import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Kernels that compute nothing and tell a {@link KernelRecorder} what they were asked for. They
 * stand where a backend's own stand, below the checks.
 */
public final class RecordingKernels implements Kernels {
  private static final Expr IDENTITY = Expr.operand(0);
  private static final Expr WHERE = Expr.select(Expr.operand(0), Expr.operand(1), Expr.operand(2));
  private static final double[] NONE = {};

  private final Backend backend;
  private final KernelRecorder to;

  /** Creates the kernels of a backend for a recorder. */
  public RecordingKernels(Backend backend, KernelRecorder to) {
    this.backend = backend;
    this.to = to;
  }

  private void tell(KernelWork work, String roles, Tensor... tensors) {
    to.called(backend, work, roles, tensors);
  }

  void call(
      Family family,
      String op,
      List<Object> settings,
      String roles,
      KernelWork.Calling call,
      Tensor... tensors) {
    tell(new KernelWork.Call(family, op, settings, false, call), roles, tensors);
  }

  /** As {@code call}, for a kernel with indices, which must be in range at every replay. */
  void indexed(
      Family family,
      String op,
      List<Object> settings,
      String roles,
      KernelWork.Calling call,
      Tensor... tensors) {
    tell(new KernelWork.Call(family, op, settings, true, call), roles, tensors);
  }

  private static boolean isFormula(Tensor x, Tensor out) {
    return x.dtype().isFloating() && x.dtype() == out.dtype() && out.isContiguous();
  }

  @Override
  public ElementwiseKernels elementwise() {
    return new Elementwise();
  }

  private final class Elementwise implements ElementwiseKernels {
    private void formula(String op, Expr f, double[] parameters, Tensor out, Tensor... operands) {
      Tensor[] all = Arrays.copyOf(operands, operands.length + 1);
      all[operands.length] = out;
      tell(new KernelWork.Map(op, f, parameters), "r".repeat(operands.length) + "w", all);
    }

    @Override
    public void fill(double value, Tensor out) {
      if (isFormula(out, out)) {
        formula("fill", Expr.constant(value), NONE, out);
      } else {
        KernelWork.Calling call = (k, t) -> k.elementwise().fill(value, t[0]);
        call(Family.ELEMENTWISE, "fill", List.of(value), "w", call, out);
      }
    }

    @Override
    public void copy(Tensor x, Tensor out) {
      if (isFormula(x, out) && RowView.of(out, x).fits()) {
        formula("copy", IDENTITY, NONE, out, x);
      } else {
        KernelWork.Calling call = (k, t) -> k.elementwise().copy(t[0], t[1]);
        call(Family.ELEMENTWISE, "copy", List.of(), "rw", call, x, out);
      }
    }

    @Override
    public void unary(UnaryOp op, Tensor x, double alpha, double beta, Tensor out) {
      double[] parameters = op.parameters() == 0 ? NONE : new double[] {alpha, beta};
      formula(op.label(), op.value(), parameters, out, x);
    }

    @Override
    public void binary(BinaryOp op, Tensor a, Tensor b, Tensor out) {
      if (isFormula(a, out)) {
        formula(op.label(), op.value(), NONE, out, a, b);
      } else {
        KernelWork.Calling call = (k, t) -> k.elementwise().binary(op, t[0], t[1], t[2]);
        call(Family.ELEMENTWISE, op.label(), List.of(), "rrw", call, a, b, out);
      }
    }

    @Override
    public void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
      formula("where", WHERE, NONE, out, condition, a, b);
    }

    @Override
    public void map(Expr f, double[] parameters, Tensor out, Tensor... operands) {
      formula("map", f, parameters.clone(), out, operands);
    }
  }

  @Override
  public ReductionKernels reductions() {
    return new Reductions();
  }

  private final class Reductions implements ReductionKernels {
    @Override
    public void reduce(ReduceOp op, Tensor x, int axis, Tensor out) {
      tell(new KernelWork.Reduce(op, IDENTITY, axis), "rw", x, out);
    }

    @Override
    public void argReduce(boolean largest, Tensor x, int axis, Tensor out) {
      call(
          Family.REDUCTIONS,
          largest ? "argmax" : "argmin",
          List.of(axis),
          "rw",
          (k, t) -> k.reductions().argReduce(largest, t[0], axis, t[1]),
          x,
          out);
    }

    @Override
    public void scan(ReduceOp op, boolean reverse, Tensor x, int axis, Tensor out) {
      KernelWork.Calling call = (k, t) -> k.reductions().scan(op, reverse, t[0], axis, t[1]);
      List<Object> settings = List.of(axis, reverse);
      call(Family.REDUCTIONS, "cum" + op.label(), settings, "rw", call, x, out);
    }
  }

  @Override
  public MatmulKernels matmul() {
    return (a, transposeA, b, transposeB, bias, out) -> {
      List<Object> settings = List.of(transposeA, transposeB);
      if (bias == null) {
        KernelWork.Calling call =
            (k, t) -> k.matmul().matmul(t[0], transposeA, t[1], transposeB, null, t[2]);
        call(Family.MATMUL, "matmul", settings, "rrw", call, a, b, out);
      } else {
        KernelWork.Calling call =
            (k, t) -> k.matmul().matmul(t[0], transposeA, t[1], transposeB, t[2], t[3]);
        call(Family.MATMUL, "matmul", settings, "rrrw", call, a, b, bias, out);
      }
    };
  }

  @Override
  public ConvolutionKernels convolutions() {
    return new Convolutions();
  }

  private final class Convolutions implements ConvolutionKernels {
    private void tell(
        String op, Object spec, String roles, KernelWork.Calling call, Tensor... tensors) {
      call(Family.CONVOLUTIONS, op, List.of(spec), roles, call, tensors);
    }

    @Override
    public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
      if (bias == null) {
        KernelWork.Calling call = (k, t) -> k.convolutions().conv2d(t[0], t[1], null, spec, t[2]);
        tell("conv2d", spec, "rrw", call, x, w, y);
      } else {
        KernelWork.Calling call = (k, t) -> k.convolutions().conv2d(t[0], t[1], t[2], spec, t[3]);
        tell("conv2d", spec, "rrrw", call, x, w, bias, y);
      }
    }

    @Override
    public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
      tell(
          "conv2d input gradient",
          spec,
          "rrw",
          (k, t) -> k.convolutions().conv2dInputGradient(t[0], t[1], spec, t[2]),
          dy,
          w,
          dx);
    }

    @Override
    public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
      tell(
          "conv2d weight gradient",
          spec,
          "rrw",
          (k, t) -> k.convolutions().conv2dWeightGradient(t[0], t[1], spec, t[2]),
          x,
          dy,
          dw);
    }

    @Override
    public void maxPool2d(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
      tell(
          "max_pool2d",
          spec,
          "rww",
          (k, t) -> k.convolutions().maxPool2d(t[0], spec, t[1], t[2]),
          x,
          y,
          index);
    }

    @Override
    public void maxPool2dGradient(Tensor dy, Tensor index, Tensor dx) {
      tell(
          "max_pool2d gradient",
          "",
          "rrw",
          (k, t) -> k.convolutions().maxPool2dGradient(t[0], t[1], t[2]),
          dy,
          index,
          dx);
    }

    @Override
    public void avgPool2d(Tensor x, Pool2dSpec spec, Tensor y) {
      KernelWork.Calling call = (k, t) -> k.convolutions().avgPool2d(t[0], spec, t[1]);
      tell("avg_pool2d", spec, "rw", call, x, y);
    }

    @Override
    public void avgPool2dGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
      KernelWork.Calling call = (k, t) -> k.convolutions().avgPool2dGradient(t[0], spec, t[1]);
      tell("avg_pool2d gradient", spec, "rw", call, dy, dx);
    }
  }

  @Override
  public SoftmaxKernels softmax() {
    return new Softmax();
  }

  private final class Softmax implements SoftmaxKernels {
    @Override
    public void softmax(Tensor x, Tensor y) {
      KernelWork.Calling call = (k, t) -> k.softmax().softmax(t[0], t[1]);
      call(Family.SOFTMAX, "softmax", List.of(), "rw", call, x, y);
    }

    @Override
    public void logSoftmax(Tensor x, Tensor y) {
      KernelWork.Calling call = (k, t) -> k.softmax().logSoftmax(t[0], t[1]);
      call(Family.SOFTMAX, "log_softmax", List.of(), "rw", call, x, y);
    }

    @Override
    public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
      KernelWork.Calling call = (k, t) -> k.softmax().softmaxGradient(t[0], t[1], t[2]);
      call(Family.SOFTMAX, "softmax gradient", List.of(), "rrw", call, y, dy, dx);
    }

    @Override
    public void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx) {
      KernelWork.Calling call = (k, t) -> k.softmax().logSoftmaxGradient(t[0], t[1], t[2]);
      call(Family.SOFTMAX, "log_softmax gradient", List.of(), "rrw", call, y, dy, dx);
    }

    @Override
    public void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses) {
      indexed(
          Family.SOFTMAX,
          "cross_entropy",
          List.of(),
          "rrww",
          (k, t) -> k.softmax().crossEntropy(t[0], t[1], t[2], t[3]),
          logits,
          labels,
          logProbabilities,
          losses);
    }

    @Override
    public void crossEntropyGradient(
        Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
      indexed(
          Family.SOFTMAX,
          "cross_entropy gradient",
          List.of(),
          "rrrw",
          (k, t) -> k.softmax().crossEntropyGradient(t[0], t[1], t[2], t[3]),
          logProbabilities,
          labels,
          dlosses,
          dlogits);
    }
  }

  @Override
  public AttentionKernels attention() {
    return new RecordingAttention(this);
  }

  @Override
  public NormKernels norms() {
    return new RecordingNorms(this);
  }

  @Override
  public RecurrentKernels recurrent() {
    return new RecordingRecurrent(this);
  }

  @Override
  public IndexingKernels indexing() {
    return new RecordingIndexing(this);
  }

  @Override
  public RandomKernels random() {
    return new Random();
  }

  private final class Random implements RandomKernels {
    private void draw(String op, long seed, long offset, KernelWork.Drawing call, Tensor out) {
      tell(new KernelWork.Draw(op, seed, offset, call), "w", out);
    }

    @Override
    public void uniform(long seed, long offset, double low, double high, Tensor out) {
      draw("uniform", seed, offset, (k, s, o, t) -> k.uniform(s, o, low, high, t), out);
    }

    @Override
    public void normal(long seed, long offset, double mean, double deviation, Tensor out) {
      draw("normal", seed, offset, (k, s, o, t) -> k.normal(s, o, mean, deviation, t), out);
    }

    @Override
    public void bernoulli(long seed, long offset, double probability, Tensor out) {
      draw("bernoulli", seed, offset, (k, s, o, t) -> k.bernoulli(s, o, probability, t), out);
    }

    @Override
    public void permutation(long seed, long offset, Tensor out) {
      draw("permutation", seed, offset, RandomKernels::permutation, out);
    }
  }

  @Override
  public UpdateKernels updates() {
    return new Updates();
  }

  private final class Updates implements UpdateKernels {
    @Override
    public void update(UpdateStep step, Tensor... tensors) {
      tell(new KernelWork.Update(step, false), "ur" + "u".repeat(tensors.length - 2), tensors);
    }

    @Override
    public void updateRows(UpdateStep step, Tensor index, Tensor... tensors) {
      Tensor[] all = KernelWork.Update.with(index, tensors);
      tell(new KernelWork.Update(step, true), "ur" + "u".repeat(tensors.length - 2) + "r", all);
    }
  }
}
