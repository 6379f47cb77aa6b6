package org.adjoint.kernels;

import java.util.Arrays;
import org.adjoint.kernels.Kernels.Family;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The families of {@link TracingKernels}. */
final class TracedKernels {
  private TracedKernels() {}

  record Elementwise(TracingKernels to, ElementwiseKernels raw) implements ElementwiseKernels {
    private void trace(String op, Runnable kernel, Tensor... tensors) {
      to.trace(Family.ELEMENTWISE, op, kernel, tensors);
    }

    @Override
    public void fill(double value, Tensor out) {
      trace("fill", () -> raw.fill(value, out), out);
    }

    @Override
    public void copy(Tensor x, Tensor out) {
      trace("copy", () -> raw.copy(x, out), x, out);
    }

    @Override
    public void unary(UnaryOp op, Tensor x, double alpha, double beta, Tensor out) {
      trace(op.label(), () -> raw.unary(op, x, alpha, beta, out), x, out);
    }

    @Override
    public void binary(BinaryOp op, Tensor a, Tensor b, Tensor out) {
      trace(op.label(), () -> raw.binary(op, a, b, out), a, b, out);
    }

    @Override
    public void where(Tensor condition, Tensor a, Tensor b, Tensor out) {
      trace("where", () -> raw.where(condition, a, b, out), condition, a, b, out);
    }

    @Override
    public void map(Expr f, double[] parameters, Tensor out, Tensor... operands) {
      trace("map " + f, () -> raw.map(f, parameters, out, operands), all(operands, out));
    }

    @Override
    public boolean joins() {
      return raw.joins();
    }

    @Override
    public LoopListing describe(Expr f, DType dtype, boolean... broadcast) {
      return raw.describe(f, dtype, broadcast);
    }
  }

  private static Tensor[] all(Tensor[] operands, Tensor out) {
    Tensor[] all = Arrays.copyOf(operands, operands.length + 1);
    all[operands.length] = out;
    return all;
  }

  record Reductions(TracingKernels to, ReductionKernels raw) implements ReductionKernels {
    @Override
    public void reduce(ReduceOp op, Tensor x, int axis, Tensor out) {
      to.trace(Family.REDUCTIONS, op.label(), () -> raw.reduce(op, x, axis, out), x, out);
    }

    @Override
    public void mapReduce(
        ReduceOp op, Expr f, double[] parameters, int axis, Tensor out, Tensor... operands) {
      Runnable kernel = () -> raw.mapReduce(op, f, parameters, axis, out, operands);
      to.trace(Family.REDUCTIONS, op.label() + " of " + f, kernel, all(operands, out));
    }

    @Override
    public void argReduce(boolean largest, Tensor x, int axis, Tensor out) {
      String op = largest ? "argmax" : "argmin";
      to.trace(Family.REDUCTIONS, op, () -> raw.argReduce(largest, x, axis, out), x, out);
    }

    @Override
    public void scan(ReduceOp op, boolean reverse, Tensor x, int axis, Tensor out) {
      Runnable kernel = () -> raw.scan(op, reverse, x, axis, out);
      to.trace(Family.REDUCTIONS, "cum" + op.label(), kernel, x, out);
    }
  }

  record Convolutions(TracingKernels to, ConvolutionKernels raw) implements ConvolutionKernels {
    private void trace(String op, Runnable kernel, @Nullable Tensor... tensors) {
      to.trace(Family.CONVOLUTIONS, op, kernel, tensors);
    }

    @Override
    public void conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Conv2dSpec spec, Tensor y) {
      trace("conv2d", () -> raw.conv2d(x, w, bias, spec, y), x, w, bias, y);
    }

    @Override
    public void conv2dInputGradient(Tensor dy, Tensor w, Conv2dSpec spec, Tensor dx) {
      Runnable kernel = () -> raw.conv2dInputGradient(dy, w, spec, dx);
      trace("conv2d input gradient", kernel, dy, w, dx);
    }

    @Override
    public void conv2dWeightGradient(Tensor x, Tensor dy, Conv2dSpec spec, Tensor dw) {
      Runnable kernel = () -> raw.conv2dWeightGradient(x, dy, spec, dw);
      trace("conv2d weight gradient", kernel, x, dy, dw);
    }

    @Override
    public void maxPool2d(Tensor x, Pool2dSpec spec, Tensor y, Tensor index) {
      trace("max_pool2d", () -> raw.maxPool2d(x, spec, y, index), x, y, index);
    }

    @Override
    public void maxPool2dGradient(Tensor dy, Tensor index, Tensor dx) {
      Runnable kernel = () -> raw.maxPool2dGradient(dy, index, dx);
      trace("max_pool2d gradient", kernel, dy, index, dx);
    }

    @Override
    public void avgPool2d(Tensor x, Pool2dSpec spec, Tensor y) {
      trace("avg_pool2d", () -> raw.avgPool2d(x, spec, y), x, y);
    }

    @Override
    public void avgPool2dGradient(Tensor dy, Pool2dSpec spec, Tensor dx) {
      trace("avg_pool2d gradient", () -> raw.avgPool2dGradient(dy, spec, dx), dy, dx);
    }
  }

  record Softmax(TracingKernels to, SoftmaxKernels raw) implements SoftmaxKernels {
    private void trace(String op, Runnable kernel, Tensor... tensors) {
      to.trace(Family.SOFTMAX, op, kernel, tensors);
    }

    @Override
    public void softmax(Tensor x, Tensor y) {
      trace("softmax", () -> raw.softmax(x, y), x, y);
    }

    @Override
    public void logSoftmax(Tensor x, Tensor y) {
      trace("log_softmax", () -> raw.logSoftmax(x, y), x, y);
    }

    @Override
    public void softmaxGradient(Tensor y, Tensor dy, Tensor dx) {
      trace("softmax gradient", () -> raw.softmaxGradient(y, dy, dx), y, dy, dx);
    }

    @Override
    public void logSoftmaxGradient(Tensor y, Tensor dy, Tensor dx) {
      trace("log_softmax gradient", () -> raw.logSoftmaxGradient(y, dy, dx), y, dy, dx);
    }

    @Override
    public void crossEntropy(Tensor logits, Tensor labels, Tensor logProbabilities, Tensor losses) {
      Runnable kernel = () -> raw.crossEntropy(logits, labels, logProbabilities, losses);
      trace("cross_entropy", kernel, logits, labels, logProbabilities, losses);
    }

    @Override
    public void crossEntropyGradient(
        Tensor logProbabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
      Runnable kernel = () -> raw.crossEntropyGradient(logProbabilities, labels, dlosses, dlogits);
      trace("cross_entropy gradient", kernel, logProbabilities, labels, dlosses, dlogits);
    }
  }

  record Attention(TracingKernels to, AttentionKernels raw) implements AttentionKernels {
    @Override
    public void attention(
        Tensor q,
        Tensor k,
        Tensor v,
        @Nullable Tensor mask,
        @Nullable Tensor key,
        AttentionSpec spec,
        Tensor y,
        Tensor lse) {
      Runnable kernel = () -> raw.attention(q, k, v, mask, key, spec, y, lse);
      to.trace(Family.ATTENTION, "attention", kernel, q, k, v, mask, key, y, lse);
    }

    @Override
    public void attentionGradient(
        Tensor q,
        Tensor k,
        Tensor v,
        @Nullable Tensor mask,
        @Nullable Tensor key,
        AttentionSpec spec,
        Tensor y,
        Tensor lse,
        Tensor dy,
        Tensor dq,
        Tensor dk,
        Tensor dv) {
      Runnable kernel =
          () -> raw.attentionGradient(q, k, v, mask, key, spec, y, lse, dy, dq, dk, dv);
      to.trace(
          Family.ATTENTION,
          "attention gradient",
          kernel,
          q,
          k,
          v,
          mask,
          key,
          y,
          lse,
          dy,
          dq,
          dk,
          dv);
    }
  }

  record Norms(TracingKernels to, NormKernels raw) implements NormKernels {
    private void trace(String op, Runnable kernel, Tensor... tensors) {
      to.trace(Family.NORMS, op, kernel, tensors);
    }

    @Override
    public void batchStatistics(Tensor x, Tensor mean, Tensor variance) {
      Runnable kernel = () -> raw.batchStatistics(x, mean, variance);
      trace("batch_statistics", kernel, x, mean, variance);
    }

    @Override
    public void batchNorm(
        Tensor x,
        Tensor mean,
        Tensor variance,
        Tensor gamma,
        Tensor beta,
        double epsilon,
        Tensor y) {
      Runnable kernel = () -> raw.batchNorm(x, mean, variance, gamma, beta, epsilon, y);
      trace("batch_norm", kernel, x, mean, variance, gamma, beta, y);
    }

    @Override
    public void batchNormGradient(
        Tensor x,
        Tensor mean,
        Tensor variance,
        Tensor gamma,
        double epsilon,
        Tensor dy,
        Tensor dx,
        Tensor dgamma,
        Tensor dbeta) {
      trace(
          "batch_norm gradient",
          () -> raw.batchNormGradient(x, mean, variance, gamma, epsilon, dy, dx, dgamma, dbeta),
          x,
          mean,
          variance,
          gamma,
          dy,
          dx,
          dgamma,
          dbeta);
    }

    @Override
    public void rowNorm(
        Tensor x,
        @Nullable Tensor gamma,
        @Nullable Tensor beta,
        boolean centred,
        double epsilon,
        Tensor y,
        Tensor mean,
        Tensor rstd) {
      Runnable kernel = () -> raw.rowNorm(x, gamma, beta, centred, epsilon, y, mean, rstd);
      to.trace(Family.NORMS, "row_norm", kernel, x, gamma, beta, y, mean, rstd);
    }

    @Override
    public void rowNormGradient(
        Tensor x,
        Tensor mean,
        Tensor rstd,
        @Nullable Tensor gamma,
        boolean centred,
        Tensor dy,
        Tensor dx,
        @Nullable Tensor dgamma,
        @Nullable Tensor dbeta) {
      Runnable kernel =
          () -> raw.rowNormGradient(x, mean, rstd, gamma, centred, dy, dx, dgamma, dbeta);
      to.trace(
          Family.NORMS, "row_norm gradient", kernel, x, mean, rstd, gamma, dy, dx, dgamma, dbeta);
    }
  }

  record Recurrent(TracingKernels to, RecurrentKernels raw) implements RecurrentKernels {
    @Override
    public void recurrent(
        RecurrentSpec spec,
        Tensor x,
        Tensor initial,
        Tensor w,
        @Nullable Tensor bias,
        @Nullable Tensor lengths,
        Tensor saved,
        Tensor states) {
      to.trace(
          Family.RECURRENT,
          spec.cell().label(),
          () -> raw.recurrent(spec, x, initial, w, bias, lengths, saved, states),
          x,
          initial,
          w,
          bias,
          lengths,
          saved,
          states);
    }

    @Override
    public void recurrentGradient(
        RecurrentSpec spec,
        Tensor states,
        Tensor saved,
        Tensor initial,
        Tensor w,
        @Nullable Tensor lengths,
        Tensor dstates,
        Tensor dx,
        @Nullable Tensor dhidden,
        Tensor dinitial) {
      to.trace(
          Family.RECURRENT,
          spec.cell().label() + " gradient",
          () ->
              raw.recurrentGradient(
                  spec, states, saved, initial, w, lengths, dstates, dx, dhidden, dinitial),
          states,
          saved,
          initial,
          w,
          lengths,
          dstates,
          dx,
          dhidden,
          dinitial);
    }

    @Override
    public void ctc(
        Tensor x,
        Tensor targets,
        Tensor inputLengths,
        Tensor targetLengths,
        int blank,
        Tensor alphas,
        Tensor losses) {
      Tensor[] all = {x, targets, inputLengths, targetLengths, alphas, losses};
      Runnable kernel =
          () -> raw.ctc(x, targets, inputLengths, targetLengths, blank, alphas, losses);
      to.trace(Family.RECURRENT, "ctc", kernel, all);
    }

    @Override
    public void ctcGradient(
        Tensor x,
        Tensor targets,
        Tensor inputLengths,
        Tensor targetLengths,
        int blank,
        Tensor alphas,
        Tensor losses,
        Tensor dlosses,
        Tensor dx) {
      Tensor[] all = {x, targets, inputLengths, targetLengths, alphas, losses, dlosses, dx};
      Runnable kernel =
          () ->
              raw.ctcGradient(
                  x, targets, inputLengths, targetLengths, blank, alphas, losses, dlosses, dx);
      to.trace(Family.RECURRENT, "ctc gradient", kernel, all);
    }
  }

  record Indexing(TracingKernels to, IndexingKernels raw) implements IndexingKernels {
    private void trace(String op, Runnable kernel, Tensor... tensors) {
      to.trace(Family.INDEXING, op, kernel, tensors);
    }

    @Override
    public void gather(Tensor x, int axis, Tensor index, Tensor out) {
      trace("gather", () -> raw.gather(x, axis, index, out), x, index, out);
    }

    @Override
    public void scatterAdd(Tensor src, int axis, Tensor index, Tensor out) {
      trace("scatter_add", () -> raw.scatterAdd(src, axis, index, out), src, index, out);
    }

    @Override
    public void oneHot(Tensor index, Tensor out) {
      trace("one_hot", () -> raw.oneHot(index, out), index, out);
    }

    @Override
    public void scatter(Tensor src, int axis, Tensor index, Tensor out) {
      trace("scatter", () -> raw.scatter(src, axis, index, out), src, index, out);
    }

    @Override
    public void indexSelect(Tensor x, int axis, Tensor index, Tensor out) {
      trace("index_select", () -> raw.indexSelect(x, axis, index, out), x, index, out);
    }

    @Override
    public void indexAdd(Tensor src, int axis, Tensor index, Tensor out) {
      trace("index_add", () -> raw.indexAdd(src, axis, index, out), src, index, out);
    }

    @Override
    public void argSort(boolean descending, Tensor x, int axis, Tensor out) {
      trace("argsort", () -> raw.argSort(descending, x, axis, out), x, out);
    }
  }

  record Random(TracingKernels to, RandomKernels raw) implements RandomKernels {
    private void trace(String op, Runnable kernel, Tensor out) {
      to.trace(Family.RANDOM, op, kernel, out);
    }

    @Override
    public void uniform(long seed, long offset, double low, double high, Tensor out) {
      trace("uniform", () -> raw.uniform(seed, offset, low, high, out), out);
    }

    @Override
    public void normal(long seed, long offset, double mean, double deviation, Tensor out) {
      trace("normal", () -> raw.normal(seed, offset, mean, deviation, out), out);
    }

    @Override
    public void bernoulli(long seed, long offset, double probability, Tensor out) {
      trace("bernoulli", () -> raw.bernoulli(seed, offset, probability, out), out);
    }

    @Override
    public void permutation(long seed, long offset, Tensor out) {
      trace("permutation", () -> raw.permutation(seed, offset, out), out);
    }
  }

  record Updates(TracingKernels to, UpdateKernels raw) implements UpdateKernels {
    @Override
    public void update(UpdateStep step, Tensor... tensors) {
      to.trace(Family.UPDATES, step.rule().name(), () -> raw.update(step, tensors), tensors);
    }

    @Override
    public void updateRows(UpdateStep step, Tensor index, Tensor... tensors) {
      Tensor[] all = KernelWork.Update.with(index, tensors);
      String op = step.rule().name() + "_rows";
      to.trace(Family.UPDATES, op, () -> raw.updateRows(step, index, tensors), all);
    }
  }
}
