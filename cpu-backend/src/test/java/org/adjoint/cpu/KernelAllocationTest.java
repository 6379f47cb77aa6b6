package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.AttentionKernels;
import org.adjoint.kernels.AttentionSpec;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Once warm, a kernel allocates a few small objects that describe the call and no array of data: at
 * most {@value #ALLOWED} bytes a call, checks included, but for the exceptions named below,
 * whatever the size of its tensors, the least of which hold many times as much. One thread does the
 * work, so that its counter sees all of it. A child JVM runs the kernels, without the coverage
 * agent and with one width of vectors.
 *
 * <p>What is inlined depends on profiles and on the order in which methods are compiled, which
 * differ from run to run. In about one JVM of ten, for as long as it lives, some hand-written loop
 * is compiled with a call left in it that wants its vectors boxed, another loop each time (in 24
 * runs one convolution and one gradient of log-softmax). So a kernel fails if it allocates in each
 * of {@value #JVMS} JVMs. Generated loops never do: {@link LoopAllocationTest}.
 */
@Tag("sweep")
class KernelAllocationTest {
  private static final int ALLOWED = 512;

  /** The axes of broadcast operands are grouped in arrays of a few integers, twice. */
  private static final int BROADCAST = 1024;

  /** A convolution describes its geometry, and its gradient the filters' and the image's part. */
  private static final int CONVOLUTION = 3072;

  /** Attention describes the rows of eight tensors. */
  private static final int ATTENTION = 1024;

  /** A bound call has everything ready; what a parallel region may cost. */
  private static final int REGION = 64;

  private static final int CALLS = 20;
  private static final int JVMS = 3;
  private static final long PATIENCE_NANOS = 40_000_000_000L;

  /** So many kernels are warm sooner if they wait for the compiler, and it for fewer calls. */
  private static final String[] WARM_SOON = {
    "-Xbatch",
    "-XX:Tier4InvocationThreshold=1000",
    "-XX:Tier4MinInvocationThreshold=200",
    "-XX:Tier4CompileThreshold=3000",
    "-XX:Tier4BackEdgeThreshold=10000"
  };

  @Test
  void noKernelAllocatesData() throws Exception {
    assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean, "no counter");
    List<String> guilty = ChildJvm.run(Rotation.class, WARM_SOON);
    for (int i = 1; i < JVMS && !guilty.isEmpty(); i++) {
      List<String> again = ChildJvm.run(Rotation.class, WARM_SOON);
      guilty = guilty.stream().filter(again::contains).toList();
    }
    assertEquals(List.of(), guilty);
  }

  /** Runs all kernels in turn until none allocates more than it may; says which do. */
  static final class Rotation {
    private final CpuBackend cpu = new CpuBackend();
    private final Kernels k = cpu.kernels();
    private final List<String> names = new ArrayList<>();
    private final List<Runnable> calls = new ArrayList<>();
    private final List<Integer> allowed = new ArrayList<>();

    private Rotation() {}

    private Tensor f(int... dims) {
      int size = Shape.of(dims).size();
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = 0.25f + i % 97 / 128f;
      }
      return Tensor.of(cpu, values, dims);
    }

    private Tensor d(int... dims) {
      return Tensor.of(cpu, f(dims).toDoubleArray(), dims);
    }

    private Tensor i(int below, int... dims) {
      int[] values = new int[Shape.of(dims).size()];
      Arrays.setAll(values, i -> i % below);
      return Tensor.of(cpu, values, dims);
    }

    private void add(String name, int n, Runnable call) {
      add(name, n, ALLOWED, call);
    }

    private void add(String name, int n, int bytes, Runnable call) {
      allowed.add(bytes);
      names.add(name + ", n = " + n);
      calls.add(call);
    }

    private void elementwise(int n) {
      Tensor a = f(n, 64);
      Tensor b = f(n, 64);
      Tensor row = f(64);
      Tensor column = f(n, 1);
      Tensor y = f(n, 64);
      Expr product = Expr.operand(0).times(Expr.operand(1));
      double[] none = {};
      add("fill", n, () -> k.elementwise().fill(1, y));
      add("copy", n, () -> k.elementwise().copy(a, y));
      add("tanh", n, () -> k.elementwise().unary(UnaryOp.TANH, a, 0, 0, y));
      add("mul_scalar", n, () -> k.elementwise().unary(UnaryOp.MUL_SCALAR, a, 2, 0, y));
      add("add", n, () -> k.elementwise().binary(BinaryOp.ADD, a, b, y));
      add("add row", n, BROADCAST, () -> k.elementwise().binary(BinaryOp.ADD, a, row, y));
      add("mul column", n, BROADCAST, () -> k.elementwise().binary(BinaryOp.MUL, a, column, y));
      add("where", n, () -> k.elementwise().where(a, a, b, y));
      add("map", n, () -> k.elementwise().map(product, none, y, a, b));
    }

    private void reductions(int n) {
      Tensor rows = f(4, 64 * n);
      Tensor perRow = f(4);
      Tensor tall = f(16 * n, 8);
      Tensor wide = f(n, 512);
      Tensor doubles = d(4, 64 * n);
      Tensor perDouble = d(4);
      Tensor short8 = f(n, 8, 8);
      Tensor ofShort = f(n, 8);
      Tensor places = i(1, 4);
      Tensor eight = f(8);
      Tensor many = f(512);
      for (ReduceOp op : List.of(ReduceOp.SUM, ReduceOp.MEAN, ReduceOp.MAX, ReduceOp.PROD)) {
        add(op.label() + " rows", n, () -> k.reductions().reduce(op, rows, 1, perRow));
        add(op.label() + " tall", n, () -> k.reductions().reduce(op, tall, 0, eight));
        add(op.label() + " wide", n, () -> k.reductions().reduce(op, wide, 0, many));
        add(op.label() + " short", n, () -> k.reductions().reduce(op, short8, 2, ofShort));
        add(op.label() + " float64", n, () -> k.reductions().reduce(op, doubles, 1, perDouble));
      }
      Tensor running = f(4, 64 * n);
      add("cumsum", n, () -> k.reductions().scan(ReduceOp.SUM, false, rows, 1, running));
      add("argmax", n, () -> k.reductions().argReduce(true, rows, 1, places));
    }

    private void matmul(int n) {
      Tensor a = f(n, 64);
      Tensor b = f(64, 32);
      Tensor bias = f(32);
      Tensor y = f(n, 32);
      add("matmul", n, () -> k.matmul().matmul(a, false, b, false, null, y));
      add("matmul bias", n, () -> k.matmul().matmul(a, false, b, false, bias, y));
      Tensor gradient = f(64, 32);
      add("matmul transposed", n, () -> k.matmul().matmul(a, true, y, false, null, gradient));
      Tensor a64 = d(n, 64);
      Tensor b64 = d(64, 32);
      Tensor y64 = d(n, 32);
      add("matmul float64", n, () -> k.matmul().matmul(a64, false, b64, false, null, y64));
    }

    private void convolutions(int n) {
      int images = n / 32;
      Conv2dSpec spec = Conv2dSpec.of(1, 1, 1, 1);
      Pool2dSpec pool = Pool2dSpec.of(2, 2);
      Tensor x = f(images, 4, 12, 12);
      Tensor w = f(8, 4, 3, 3);
      Tensor bias = f(8);
      Tensor y = f(images, 8, 12, 12);
      Tensor small = f(images, 8, 6, 6);
      Tensor index = i(1, images, 8, 6, 6);
      add("conv2d", n, CONVOLUTION, () -> k.convolutions().conv2d(x, w, bias, spec, y));
      add("conv2d dx", n, CONVOLUTION, () -> k.convolutions().conv2dInputGradient(y, w, spec, x));
      add("conv2d dw", n, CONVOLUTION, () -> k.convolutions().conv2dWeightGradient(x, y, spec, w));
      add("max_pool2d", n, () -> k.convolutions().maxPool2d(y, pool, small, index));
      add("max_pool2d dx", n, () -> k.convolutions().maxPool2dGradient(small, index, y));
      add("avg_pool2d", n, () -> k.convolutions().avgPool2d(y, pool, small));
      add("avg_pool2d dx", n, () -> k.convolutions().avgPool2dGradient(small, pool, y));
    }

    private void rowNorms(int rows, int n) {
      Tensor x = f(rows, n);
      Tensor g = f(n);
      Tensor[] r = {f(rows, n), f(rows), f(rows), f(rows, n), f(n), f(n)};
      add("row norm", n, () -> k.norms().rowNorm(x, g, g, true, 1e-5, r[0], r[1], r[2]));
      add(
          "row norm dx",
          n,
          () -> k.norms().rowNormGradient(x, r[1], r[2], g, true, x, r[3], r[4], r[5]));
    }

    private void attention(int tokens, int width) {
      Tensor q = f(2, tokens, 2, width);
      Tensor key = f(2);
      Tensor lse = f(2, 2, tokens);
      Tensor[] r = {f(2, tokens, 2, width), f(2, tokens, 2, width), f(2, tokens, 2, width)};
      Tensor y = f(2, tokens, 2, width);
      AttentionSpec causal = new AttentionSpec(0.1, true, 0, 0);
      AttentionSpec drops = new AttentionSpec(0.1, false, 0, 0.1);
      AttentionKernels a = k.attention();
      add("attention", tokens, ATTENTION, () -> a.attention(q, q, q, null, null, causal, y, lse));
      add(
          "attention, dropout",
          tokens,
          ATTENTION,
          () -> a.attention(q, q, q, null, key, drops, y, lse));
      add(
          "attention dx",
          tokens,
          ATTENTION,
          () -> a.attentionGradient(q, q, q, null, null, causal, y, lse, q, r[0], r[1], r[2]));
    }

    private void softmax(int n) {
      Tensor x = f(n, 64);
      Tensor y = f(n, 64);
      Tensor z = f(n, 64);
      Tensor labels = i(64, n);
      Tensor losses = f(n);
      add("softmax", n, () -> k.softmax().softmax(x, y));
      add("softmax dx", n, () -> k.softmax().softmaxGradient(y, x, z));
      add("log_softmax", n, () -> k.softmax().logSoftmax(x, y));
      add("log_softmax dx", n, () -> k.softmax().logSoftmaxGradient(y, x, z));
      add("cross_entropy", n, () -> k.softmax().crossEntropy(x, labels, y, losses));
      add("cross_entropy dx", n, () -> k.softmax().crossEntropyGradient(y, labels, losses, z));
    }

    private void norms(int n) {
      for (int[] dims : new int[][] {{n, 16, 1}, {n / 8, 16, 16}}) {
        Tensor x = f(dims);
        Tensor y = f(dims);
        Tensor dx = f(dims);
        Tensor mean = f(16);
        Tensor variance = f(16);
        Tensor gamma = f(16);
        Tensor beta = f(16);
        Tensor dgamma = f(16);
        Tensor dbeta = f(16);
        String kind = dims[2] == 1 ? "of columns" : "of planes";
        add("statistics " + kind, n, () -> k.norms().batchStatistics(x, mean, variance));
        add(
            "batch_norm " + kind,
            n,
            () -> k.norms().batchNorm(x, mean, variance, gamma, beta, 1e-5, y));
        add(
            "batch_norm dx " + kind,
            n,
            () ->
                k.norms().batchNormGradient(x, mean, variance, gamma, 1e-5, y, dx, dgamma, dbeta));
      }
    }

    private void recurrent(int n) {
      for (RecurrentCell cell : RecurrentCell.values()) {
        RecurrentSpec spec = new RecurrentSpec(cell, false);
        int wide = cell.gates() * 16;
        Tensor x = f(3, n, wide);
        Tensor initial = f(cell.states(), n, 16);
        Tensor w = f(wide, 16);
        Tensor bias = f(wide);
        Tensor lengths = i(4, n);
        Tensor saved = f(3, n, cell.saved() * 16);
        Tensor states = f(3 + cell.states(), n, 16);
        Tensor dstates = f(3 + cell.states(), n, 16);
        Tensor da = cell == RecurrentCell.GRU ? f(3, n, wide) : null;
        add(
            cell.label(),
            n,
            () -> k.recurrent().recurrent(spec, x, initial, w, bias, lengths, saved, states));
        Tensor d0 = f(cell.states(), n, 16);
        Tensor dx = f(3, n, wide);
        add(
            cell.label() + " dx",
            n,
            () ->
                k.recurrent()
                    .recurrentGradient(
                        spec, states, saved, initial, w, lengths, dstates, dx, da, d0));
      }
    }

    private void labels(int n) {
      Tensor x = f(3, n, 16);
      Tensor targets = i(16, n, 2);
      Tensor lengths = i(4, n);
      Tensor counts = i(3, n);
      Tensor alphas = f(3, n, 7);
      Tensor losses = f(n);
      Tensor dx = f(3, n, 16);
      add("ctc", n, () -> k.recurrent().ctc(x, targets, lengths, counts, 0, alphas, losses));
      add(
          "ctc dx",
          n,
          () ->
              k.recurrent()
                  .ctcGradient(x, targets, lengths, counts, 0, alphas, losses, losses, dx));
    }

    private void others(int n) {
      Tensor x = f(n, 64);
      Tensor index = i(n, n, 64);
      Tensor y = f(n, 64);
      Tensor sums = f(n, 64);
      Tensor labels = i(64, n);
      add("gather", n, () -> k.indexing().gather(x, 0, index, y));
      add("scatter_add", n, () -> k.indexing().scatterAdd(x, 0, index, sums));
      Tensor unsorted = f(n / 8, 64);
      Tensor order = i(64, n / 8, 64);
      Tensor few = i(n, 2, 64);
      Tensor slices = i(n, n);
      add("scatter", n, () -> k.indexing().scatter(x, 0, index, y));
      add("index_select", n, () -> k.indexing().indexSelect(x, 0, slices, y));
      add("index_add", n, () -> k.indexing().indexAdd(x, 0, slices, sums));
      add("argsort", n, () -> k.indexing().argSort(false, unsorted, 1, order));
      add("topk", n, () -> k.indexing().argSort(true, x, 0, few));
      add("one_hot", n, () -> k.indexing().oneHot(labels, y));
      Tensor draws = f(n, 64);
      add("bernoulli", n, () -> k.random().bernoulli(1, 2, 0.5, draws));
      add("uniform", n, () -> k.random().uniform(1, 2, 0, 1, draws));
      add("normal", n, () -> k.random().normal(1, 2, 0, 1, draws));
      Tensor p = f(n, 64);
      Tensor g = f(n, 64);
      Tensor m = f(n, 64);
      Tensor v = f(n, 64);
      var sgd = UpdateRules.sgd(1e-6, 0.9, 0, false, 0, false);
      var adam = UpdateRules.adam(1e-6, 0.9, 0.999, 1e-8, 0, false, false, 1);
      add("sgd", n, () -> k.updates().update(sgd, p, g, m));
      add("adam", n, () -> k.updates().update(adam, p, g, m, v));
      add("sgd rows", n, () -> k.updates().updateRows(sgd, slices, p, x, m));
    }

    private void bound(int n) {
      Kernels raw = cpu.unchecked();
      Expr product = Expr.operand(0).times(Expr.operand(1));
      double[] none = {};
      Tensor a = f(n, 64);
      Tensor row = f(64);
      Tensor y = f(n, 64);
      add("bound map", n, REGION, raw.elementwise().bindMap(product, none, y, a, row));
      for (int axis = 0; axis < 2; axis++) {
        Tensor sums = axis == 0 ? f(64) : f(n);
        Runnable mean =
            raw.reductions().bindMapReduce(ReduceOp.MEAN, product, none, axis, sums, a, row);
        add("bound mean along " + axis, n, REGION, mean);
      }
      Tensor p = f(n, 64);
      Tensor m = f(n, 64);
      Tensor v = f(n, 64);
      var sgd = UpdateRules.sgd(1e-6, 0.9, 0, false, 0, false);
      var adam = UpdateRules.adam(1e-6, 0.9, 0.999, 1e-8, 0, false, false, 1);
      add("bound sgd", n, REGION, raw.updates().bindUpdate(() -> sgd, p, a, m));
      add("bound adam", n, REGION, raw.updates().bindUpdate(() -> adam, p, a, m, v));
    }

    private List<String> guilty(ThreadMXBean bean) {
      List<String> guilty = new ArrayList<>();
      for (int c = 0; c < calls.size(); c++) {
        Runnable call = calls.get(c);
        call.run();
        long before = bean.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < CALLS; i++) {
          call.run();
        }
        long bytes = (bean.getCurrentThreadAllocatedBytes() - before) / CALLS;
        if (bytes > allowed.get(c)) {
          guilty.add(names.get(c) + " allocates more than " + allowed.get(c) + " bytes a call");
        }
      }
      return guilty;
    }

    public static void main(String[] args) {
      Parallel.setThreads(1);
      Rotation rotation = new Rotation();
      for (int n : new int[] {64, 1024}) {
        rotation.elementwise(n);
        rotation.reductions(n);
        rotation.matmul(n);
        rotation.convolutions(n);
        rotation.softmax(n);
        rotation.attention(n, 16);
        rotation.rowNorms(200, n);
        rotation.norms(n);
        rotation.recurrent(n);
        rotation.labels(n);
        rotation.others(n);
        rotation.bound(n);
      }
      ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long end = System.nanoTime() + PATIENCE_NANOS;
      List<String> guilty = rotation.guilty(bean);
      while (!guilty.isEmpty() && System.nanoTime() < end) {
        guilty = rotation.guilty(bean);
      }
      guilty.forEach(System.out::println);
    }
  }
}
