package org.adjoint.kernels.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/** How to call each kernel at random; see {@link RandomCall}. */
final class RandomCalls {
  /**
   * A kernel.
   *
   * @param name its name
   * @param call what makes its arguments and calls it
   */
  record Entry(String name, BiConsumer<RandomCall, Kernels> call) {}

  static final List<Entry> ALL = new ArrayList<>();

  private RandomCalls() {}

  static void add(String name, BiConsumer<RandomCall, Kernels> call) {
    ALL.add(new Entry(name, call));
  }

  static {
    elementwise();
    reductions();
    add("matmul", RandomCalls::matmul);
    convolutions();
    pooling();
    softmax();
    RandomRowCalls.all();
    norms();
    RandomRecurrent.addTo(ALL);
    RandomIndexing.addTo(ALL);
    random();
    updates();
  }

  private static void elementwise() {
    add(
        "fill",
        (c, k) -> {
          double value = c.number(-2, 2);
          k.elementwise().fill(value, c.exactly(c.any(DType.values()), c.dims(0, 6)));
        });
    add(
        "copy",
        (c, k) -> {
          int[] d = c.dims(0, 6);
          Tensor x = c.in(c.any(DType.values()), -9, 9, c.broadcastable(d));
          k.elementwise().copy(x, c.exactly(c.any(DType.values()), d));
        });
    add(
        "unary",
        (c, k) -> {
          UnaryOp op = c.any(UnaryOp.values());
          int[] d = c.dims(0, 6);
          Tensor x = c.in(c.dtype(), -6, 6, c.broadcastable(d));
          // CELU divides by alpha and amplifies the rounding of the quotient if it is below 0.
          double alpha = op == UnaryOp.CELU ? c.number(0.5, 2) : c.number(-1, 0.5);
          double beta = c.number(0.5, 2);
          k.elementwise().unary(op, x, alpha, beta, c.out(6, d));
        });
    add(
        "binary",
        (c, k) -> {
          BinaryOp op = c.any(BinaryOp.values());
          if (op == BinaryOp.FMOD || op == BinaryOp.REMAINDER) {
            // Remainders jump where the quotient rounds: no bound holds between types.
            op = BinaryOp.SUB;
          }
          int[] d = c.dims(0, 6);
          DType type = !op.isDifferentiable() && c.coin() ? DType.I32 : c.dtype();
          Tensor a = c.in(type, -3, 3, c.broadcastable(d));
          Tensor b = c.in(type, -3, 3, c.broadcastable(d));
          k.elementwise().binary(op, a, b, c.result(type, -1, 1, 10, false, d));
        });
    add(
        "where",
        (c, k) -> {
          int[] d = c.dims(0, 6);
          Tensor condition = c.in(c.broadcastable(d));
          Tensor a = c.in(c.broadcastable(d));
          Tensor b = c.in(c.broadcastable(d));
          k.elementwise().where(condition, a, b, c.exactly(c.dtype(), d));
        });
    add(
        "map",
        (c, k) -> {
          int[] d = c.dims(0, 6);
          Expr sum = Expr.fma(Expr.operand(0), Expr.operand(1), Expr.parameter(0));
          Expr f = Expr.select(sum.with(Expr.Operator.GT, Expr.operand(2)), sum, Expr.operand(2));
          Tensor[] x = new Tensor[c.spoil() ? 2 : 3];
          for (int i = 0; i < x.length; i++) {
            x[i] = c.in(c.broadcastable(d));
          }
          double[] parameters = {c.number(-1, 1)};
          k.elementwise().map(f, parameters, c.out(3, d), x);
        });
  }

  private static void reductions() {
    add(
        "reduce",
        (c, k) -> {
          int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
          int axis = c.axis(d.length);
          int a = RandomCall.plain(axis, d.length);
          int n = d.length == 0 ? 1 : d[a];
          Tensor x = c.in(d);
          ReduceOp op = c.any(ReduceOp.values());
          k.reductions().reduce(op, x, axis, c.out(n * Math.sqrt(n), RandomCall.without(d, a)));
        });
    add(
        "mapReduce",
        (c, k) -> {
          int[] d = c.dims(1, 6);
          int axis = c.axis(d.length);
          int a = RandomCall.plain(axis, d.length);
          Expr f = Expr.fma(Expr.operand(0), Expr.operand(1), Expr.parameter(0));
          Tensor[] x = {c.in(d), c.in(c.broadcastable(d))};
          double[] parameters = {c.number(-1, 1)};
          ReduceOp op = c.any(ReduceOp.values());
          double most = op == ReduceOp.PROD ? Math.pow(2, d[a]) : 2;
          Tensor out = c.out(most * d[a] * Math.sqrt(d[a]), RandomCall.without(d, a));
          // a view of 2^31 - 1 equal elements may be reduced, and takes its time
          if (Arrays.stream(x).allMatch(t -> t == null || t.size() < 1 << 20)) {
            k.reductions().mapReduce(op, f, parameters, axis, out, x);
          }
        });
    add(
        "argReduce",
        (c, k) -> {
          int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
          int axis = c.axis(d.length);
          Tensor x = c.in(d);
          int[] rest = RandomCall.without(d, RandomCall.plain(axis, d.length));
          k.reductions().argReduce(c.coin(), x, axis, c.exactly(DType.I32, rest));
        });
    add(
        "scan",
        (c, k) -> {
          int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
          int axis = c.axis(d.length);
          int n = d.length == 0 ? 1 : d[RandomCall.plain(axis, d.length)];
          Tensor x = c.in(d);
          ReduceOp op = c.any(ReduceOp.values());
          k.reductions().scan(op, c.coin(), x, axis, c.out(n * Math.sqrt(n), d));
        });
  }

  private static void matmul(RandomCall c, Kernels k) {
    int m = c.extent(65);
    int n = c.extent(65);
    int l = c.extent(65);
    boolean ta = c.coin();
    boolean tb = c.coin();
    int[] p = ta ? new int[] {l, m} : new int[] {m, l};
    int[] q = tb ? new int[] {n, l} : new int[] {l, n};
    int[] r = {m, n};
    if (c.below(3) == 0) {
      int batch = c.extent(5);
      p = new int[] {batch, p[0], p[1]};
      q = new int[] {batch, q[0], q[1]};
      r = new int[] {batch, m, n};
    }
    Tensor a = c.in(p);
    Tensor b = c.in(q);
    Tensor bias = c.coin() ? null : c.in(n);
    k.matmul().matmul(a, ta, b, tb, bias, c.out((l + 1) * Math.sqrt(l + 1), r));
  }

  private static void convolutions() {
    for (int kind = 0; kind < 3; kind++) {
      int which = kind;
      String name = "conv2d " + (kind == 0 ? "" : kind == 1 ? "input gradient" : "weight gradient");
      add(name, (c, k) -> convolution(c, k, which));
    }
  }

  private static void convolution(RandomCall c, Kernels k, int kind) {
    int groups = c.below(3) == 0 ? c.whole(1, 3) : 1;
    Conv2dSpec spec =
        new Conv2dSpec(
            c.whole(1, 3),
            c.whole(1, 3),
            c.whole(0, 2),
            c.whole(0, 2),
            c.whole(1, 2),
            c.whole(1, 2),
            groups);
    int ins = c.extent(4);
    int outs = c.extent(4);
    int g = Math.min(groups, 8);
    int[] x = {c.extent(3), ins * g, 4 + c.extent(8), 4 + c.extent(8)};
    int[] w = {outs * g, ins, c.whole(1, 4), c.whole(1, 4)};
    int[] y = {
      x[0],
      w[0],
      Conv2dSpec.extent(x[2], w[2], spec.strideH(), spec.padH(), spec.dilationH()),
      Conv2dSpec.extent(x[3], w[3], spec.strideW(), spec.padW(), spec.dilationW())
    };
    switch (kind) {
      case 0 -> {
        double n = ins * w[2] * (double) w[3] + 1;
        Tensor image = c.in(x);
        Tensor filter = c.in(w);
        Tensor bias = c.coin() ? null : c.in(w[0]);
        k.convolutions().conv2d(image, filter, bias, spec, c.out(n * Math.sqrt(n), y));
      }
      case 1 -> {
        double n = outs * w[2] * (double) w[3];
        Tensor dy = c.in(y);
        Tensor filter = c.in(w);
        k.convolutions().conv2dInputGradient(dy, filter, spec, c.out(n * Math.sqrt(n), x));
      }
      default -> {
        double n = y[0] * y[2] * (double) y[3];
        Tensor image = c.in(x);
        Tensor dy = c.in(y);
        k.convolutions().conv2dWeightGradient(image, dy, spec, c.out(n * Math.sqrt(n), w));
      }
    }
  }

  private static void pooling() {
    for (int kind = 0; kind < 4; kind++) {
      int which = kind;
      String name = (kind < 2 ? "max" : "average") + " pool" + (kind % 2 == 0 ? "" : " gradient");
      add(name, (c, k) -> pool(c, k, which));
    }
  }

  private static void pool(RandomCall c, Kernels k, int kind) {
    int kh = c.whole(1, 4);
    int kw = c.whole(1, 4);
    Pool2dSpec plain =
        new Pool2dSpec(
            kh, kw, c.whole(1, 3), c.whole(1, 3), c.whole(0, kh / 2), c.whole(0, kw / 2));
    Pool2dSpec gaps = kind > 1 ? plain : plain.dilated(c.whole(1, 3), c.whole(1, 3));
    Pool2dSpec spec = c.whole(0, 1) == 0 ? gaps : gaps.roundedUp();
    int[] x = {c.extent(3), c.extent(3), 3 + c.extent(9), 3 + c.extent(9)};
    int[] y = {x[0], x[1], spec.outH(x[2]), spec.outW(x[3])};
    switch (kind) {
      case 0 -> {
        Tensor image = c.in(x);
        Tensor out = c.exactly(c.dtype(), y);
        k.convolutions().maxPool2d(image, spec, out, c.exactly(DType.I32, y));
      }
      case 1 -> {
        Tensor dy = c.in(y);
        Tensor index = c.index(x[2] * x[3], y);
        // Any number of gradients may meet in one place.
        k.convolutions().maxPool2dGradient(dy, index, c.out(y[2] * (double) y[3], x));
      }
      case 2 -> k.convolutions().avgPool2d(c.in(x), spec, c.out(4, y));
      default -> k.convolutions().avgPool2dGradient(c.in(y), spec, c.out(16, x));
    }
  }

  private static void softmax() {
    for (int kind = 0; kind < 4; kind++) {
      int which = kind;
      String name = (kind % 2 == 0 ? "softmax" : "log softmax") + (kind < 2 ? "" : " gradient");
      add(name, (c, k) -> softmax(c, k, which));
    }
    add(
        "crossEntropy",
        (c, k) -> {
          int[] d = c.dims(2, 2);
          Tensor logits = c.in(d);
          Tensor labels = c.index(d[1], d[0]);
          Tensor logs = c.out(20, d);
          k.softmax().crossEntropy(logits, labels, logs, c.out(20, d[0]));
        });
    add(
        "crossEntropyGradient",
        (c, k) -> {
          int[] d = c.dims(2, 2);
          Tensor logs = c.in(c.dtype(), -3, 0, d);
          Tensor labels = c.index(d[1], d[0]);
          Tensor dlosses = c.in(d[0]);
          k.softmax().crossEntropyGradient(logs, labels, dlosses, c.out(2, d));
        });
  }

  private static void softmax(RandomCall c, Kernels k, int kind) {
    int[] d = c.dims(c.below(8) == 0 ? 0 : 1, 6);
    double n = d.length == 0 ? 1 : d[d.length - 1];
    Tensor x = c.in(d);
    switch (kind) {
      case 0 -> k.softmax().softmax(x, c.out(3, d));
      case 1 -> k.softmax().logSoftmax(x, c.out(20, d));
      case 2 -> k.softmax().softmaxGradient(x, c.in(d), c.out(n * Math.sqrt(n) + 1, d));
      default -> k.softmax().logSoftmaxGradient(x, c.in(d), c.out(3 * n * Math.sqrt(n) + 1, d));
    }
  }

  private static void norms() {
    add(
        "batchStatistics",
        (c, k) -> {
          int[] d = c.dims(3, 3);
          Tensor x = c.in(d);
          Tensor mean = c.out(2, d[1]);
          k.norms().batchStatistics(x, mean, c.out(2, d[1]));
        });
    add(
        "batchNorm",
        (c, k) -> {
          int[] d = c.dims(3, 3);
          Tensor x = c.in(d);
          Tensor mean = c.in(d[1]);
          Tensor variance = c.in(c.dtype(), 0.1, 1, d[1]);
          Tensor gamma = c.in(d[1]);
          Tensor beta = c.in(d[1]);
          double epsilon = c.number(1e-5, 1e-3);
          k.norms().batchNorm(x, mean, variance, gamma, beta, epsilon, c.out(10, d));
        });
    add(
        "batchNormGradient",
        (c, k) -> {
          int[] d = c.dims(3, 3);
          double n = d[0] * (double) d[2];
          Tensor x = c.in(d);
          Tensor mean = c.in(d[1]);
          Tensor variance = c.in(c.dtype(), 0.1, 1, d[1]);
          Tensor gamma = c.in(d[1]);
          double epsilon = c.number(1e-5, 1e-3);
          Tensor dy = c.in(d);
          Tensor dx = c.out(200, d);
          Tensor dgamma = c.out(7 * n * Math.sqrt(n), d[1]);
          Tensor dbeta = c.out(n * Math.sqrt(n), d[1]);
          k.norms().batchNormGradient(x, mean, variance, gamma, epsilon, dy, dx, dgamma, dbeta);
        });
  }

  private static void random() {
    add(
        "uniform",
        (c, k) -> {
          double low = c.number(-1, 0);
          double high = c.number(0.5, 2);
          Tensor out = c.exactly(c.dtype(), c.dims(0, 6));
          k.random().uniform(c.below(9), c.below(1000), low, high, out);
        });
    add(
        "normal",
        (c, k) -> {
          double mean = c.number(-1, 1);
          double deviation = c.number(0, 2);
          Tensor out = c.exactly(c.dtype(), c.dims(0, 6));
          k.random().normal(c.below(9), c.below(1000), mean, deviation, out);
        });
    add(
        "bernoulli",
        (c, k) -> {
          double probability = c.number(0, 1);
          Tensor out = c.exactly(c.dtype(), c.dims(0, 6));
          k.random().bernoulli(c.below(9), c.below(1000), probability, out);
        });
    add(
        "permutation",
        (c, k) ->
            k.random().permutation(c.below(9), c.below(1000), c.exactly(DType.I32, c.dims(1, 1))));
  }

  private static void rows(RandomCall c, Kernels k) {
    int rows = c.extent(9);
    int width = c.extent(40);
    int n = c.extent(9);
    Tensor index = c.index(rows, n);
    Tensor p = c.out(4 * (n + 1), rows, width);
    k.updates().updateRows(UpdateRules.sgd(c.number(0, 1)), index, p, c.in(n, width));
  }

  private static void updates() {
    add(
        "sgd",
        (c, k) -> {
          if (c.coin()) {
            rows(c, k);
            return;
          }
          int[] d = c.dims(0, 6);
          double momentum = c.coin() ? 0 : c.number(0.5, 1);
          UpdateStep step =
              UpdateRules.sgd(c.number(0, 1), momentum, 0, c.coin(), c.number(0, 0.1), c.coin());
          Tensor p = c.out(4, d);
          Tensor g = c.in(d);
          if (momentum == 0 && !c.spoil()) {
            k.updates().update(step, p, g);
          } else {
            k.updates().update(step, p, g, c.out(4, d));
          }
        });
    add(
        "adam",
        (c, k) -> {
          int[] d = c.dims(0, 6);
          UpdateStep step =
              UpdateRules.adam(
                  c.number(0, 0.01),
                  c.number(0.1, 0.9),
                  c.number(0.9, 0.999),
                  c.number(1e-8, 1e-4),
                  0,
                  c.coin(),
                  false,
                  c.whole(1, 100));
          Tensor p = c.out(10, d);
          Tensor g = c.in(d);
          Tensor m = c.out(4, d);
          Tensor v = c.result(c.dtype(), 0.01, 1, 4, false, d);
          k.updates().update(step, p, g, m, v);
        });
  }
}
