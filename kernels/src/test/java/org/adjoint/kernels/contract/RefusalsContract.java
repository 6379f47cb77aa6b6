package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Pool2dSpec;
import org.adjoint.kernels.RecurrentCell;
import org.adjoint.kernels.RecurrentSpec;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DeviceException;
import org.adjoint.tensor.ReleasedException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What every backend must refuse, and how. */
public abstract class RefusalsContract extends KernelsContract {
  private static final UpdateStep PLAIN = UpdateRules.sgd(0.1);
  private static final UpdateStep MOVING = UpdateRules.sgd(0.1, 0.9, 0, false, 0, false);
  private static final UpdateStep ADAM =
      UpdateRules.adam(1e-3, 0.9, 0.999, 1e-8, 0, false, false, 1);

  private Tensor f32(int... dims) {
    return random(DType.F32, 1, dims);
  }

  private Tensor f64(int... dims) {
    return random(DType.F64, 1, dims);
  }

  private Tensor i32(int... dims) {
    return indices(1, 2, dims);
  }

  @Test
  void tensorsOfNowhere() {
    var e = kernels().elementwise();
    Tensor x = f32(3);
    wrong("relu", "x", () -> e.unary(UnaryOp.RELU, null, 0, 0, x));
    wrong("relu", "out", () -> e.unary(UnaryOp.RELU, x, 0, 0, null));
    wrong("unary", "op", () -> e.unary(null, x, 0, 0, x));
    wrong("binary", "op", () -> e.binary(null, x, x, x));
    wrong("reduce", "op", () -> kernels().reductions().reduce(null, x, 0, x));
    Tensor foreign = Tensor.zeros(new ReferenceBackend(), DType.F32, 3);
    refused(DeviceException.class, "relu", "x", () -> e.unary(UnaryOp.RELU, foreign, 0, 0, x));
    refused(DeviceException.class, "add", "b", () -> e.binary(BinaryOp.ADD, x, foreign, x));
    Tensor gone;
    try (Scope scope = Scope.open()) {
      gone = Tensor.result(backend(), DType.F32, Shape.of(3));
      assertEquals(1, scope.size());
    }
    refused(ReleasedException.class, "add", "a", () -> e.binary(BinaryOp.ADD, gone, x, x));
    refused(ReleasedException.class, "fill", "out", () -> e.fill(1, gone));
  }

  @Test
  void elementwise() {
    var e = kernels().elementwise();
    wrongType("exp", "x", () -> e.unary(UnaryOp.EXP, i32(3), 0, 0, i32(3)));
    wrongType("exp", "out", () -> e.unary(UnaryOp.EXP, f32(3), 0, 0, f64(3)));
    wrongShape("exp", "x", () -> e.unary(UnaryOp.EXP, f32(3), 0, 0, f32(4)));
    wrongShape("exp", "x", () -> e.unary(UnaryOp.EXP, f32(2, 3), 0, 0, f32(3)));
    wrong("exp", "out", () -> e.unary(UnaryOp.EXP, f32(3), 0, 0, f32(3, 3).select(1, 0)));
    wrongType("mul", "a", () -> e.binary(BinaryOp.MUL, i32(3), i32(3), i32(3)));
    wrongType("mul", "b", () -> e.binary(BinaryOp.MUL, f32(3), f64(3), f32(3)));
    wrongType("eq", "out", () -> e.binary(BinaryOp.EQ, i32(3), i32(3), f32(3)));
    wrongShape("mul", "b", () -> e.binary(BinaryOp.MUL, f32(4), f32(3), f32(4)));
    wrongShape("mul", "a", () -> e.binary(BinaryOp.MUL, f32(4, 3), f32(3), f32(3)));
    Tensor one = f32();
    wrong("mul", "out", () -> e.binary(BinaryOp.MUL, one, one, one.expand(Shape.of(3))));
    wrongType("where", "condition", () -> e.where(i32(3), f32(3), f32(3), f32(3)));
    wrongType("where", "a", () -> e.where(f32(3), f64(3), f32(3), f32(3)));
    wrongType("where", "b", () -> e.where(f32(3), f32(3), i32(3), f32(3)));
    wrongShape("where", "condition", () -> e.where(f32(2), f32(3), f32(3), f32(3)));
    wrongShape("where", "b", () -> e.where(f32(3), f32(3), f32(2), f32(3)));
    wrong("fill", "out", () -> e.fill(1, one.expand(Shape.of(3))));
    wrong("copy", "out", () -> e.copy(f32(3), one.expand(Shape.of(3))));
    wrongShape("copy", "x", () -> e.copy(f32(3), f32(2)));
    wrong("copy", "x", () -> e.copy(null, f32(2)));
  }

  @Test
  void map() {
    var e = kernels().elementwise();
    double[] none = {};
    Expr sum = Expr.operand(0).plus(Expr.operand(1));
    wrong("map", "f", () -> e.map(null, none, f32(3), f32(3)));
    wrong("map", "parameters", () -> e.map(sum, null, f32(3), f32(3), f32(3)));
    wrong("map", "operands", () -> e.map(sum, none, f32(3), (Tensor[]) null));
    wrong("map", "operands", () -> e.map(sum, none, f32(3), f32(3)));
    wrong("map", "parameters", () -> e.map(Expr.parameter(1), new double[1], f32(3)));
    wrong("map", "operand", () -> e.map(sum, none, f32(3), f32(3), null));
    wrongType("map", "operand", () -> e.map(sum, none, f32(3), f32(3), f64(3)));
    wrongShape("map", "operand", () -> e.map(sum, none, f32(3), f32(3), f32(2)));
    wrongType("map", "out", () -> e.map(sum, none, i32(3), i32(3), i32(3)));
  }

  @Test
  void reductions() {
    var r = kernels().reductions();
    wrongShape("sum", "axis", () -> r.reduce(ReduceOp.SUM, f32(3, 4), 2, f32(3)));
    wrongShape("sum", "axis", () -> r.reduce(ReduceOp.SUM, f32(3, 4), -3, f32(3)));
    wrongShape("sum", "axis", () -> r.reduce(ReduceOp.SUM, f32(), 0, f32()));
    wrongShape("sum", "out", () -> r.reduce(ReduceOp.SUM, f32(3, 4), 0, f32(3)));
    wrongShape("sum", "out", () -> r.reduce(ReduceOp.SUM, f32(3, 4), 0, f32(1, 4)));
    wrongType("sum", "x", () -> r.reduce(ReduceOp.SUM, i32(3), 0, i32()));
    wrongType("sum", "out", () -> r.reduce(ReduceOp.SUM, f32(3), 0, f64()));
    wrongShape("max", "x", () -> r.reduce(ReduceOp.MAX, f32(2, 0), 1, f32(2)));
    wrongShape("min", "x", () -> r.reduce(ReduceOp.MIN, f32(0), 0, f32()));
    wrongShape("argmax", "x", () -> r.argReduce(true, f32(0), 0, i32()));
    wrongType("argmin", "out", () -> r.argReduce(false, f32(3), 0, f32()));
    wrong("scan", "op", () -> r.scan(null, false, f32(3), 0, f32(3)));
    wrong("scan", "op", () -> r.scan(ReduceOp.MAX, false, f32(3), 0, f32(3)));
    wrongType("cumsum", "x", () -> r.scan(ReduceOp.SUM, false, i32(3), 0, i32(3)));
    wrongType("cumsum", "out", () -> r.scan(ReduceOp.SUM, false, f32(3), 0, f64(3)));
    wrongShape("cumprod", "axis", () -> r.scan(ReduceOp.PROD, false, f32(3), 1, f32(3)));
    wrongShape("cumprod", "out", () -> r.scan(ReduceOp.PROD, false, f32(3), 0, f32(4)));
    Tensor x = f32(3, 4);
    wrong("cumsum", "out", () -> r.scan(ReduceOp.SUM, true, x, 0, x));
    wrong("mean", "out", () -> r.reduce(ReduceOp.MEAN, x, 0, x.select(0, 1)));
  }

  @Test
  void reductionsOfExpressions() {
    var r = kernels().reductions();
    double[] none = {};
    Expr sum = Expr.operand(0).plus(Expr.operand(1));
    ReduceOp op = ReduceOp.SUM;
    wrong("mapReduce", "op", () -> r.mapReduce(null, sum, none, 0, f32(), f32(3), f32(3)));
    wrong("sum", "f", () -> r.mapReduce(op, null, none, 0, f32(), f32(3)));
    wrong("sum", "parameters", () -> r.mapReduce(op, sum, null, 0, f32(), f32(3), f32(3)));
    wrong("sum", "operands", () -> r.mapReduce(op, sum, none, 0, f32(), f32(3)));
    wrong("sum", "operands", () -> r.mapReduce(op, sum, none, 0, f32(), new Tensor[65]));
    wrong("sum", "operand", () -> r.mapReduce(op, sum, none, 0, f32(), f32(3), null));
    wrongType("sum", "operand", () -> r.mapReduce(op, sum, none, 0, f32(), f32(3), f64(3)));
    wrongType("sum", "out", () -> r.mapReduce(op, sum, none, 0, i32(), i32(3), i32(3)));
    wrongShape("sum", "the second", () -> r.mapReduce(op, sum, none, 0, f32(), f32(3), f32(4)));
    wrongShape("sum", "axis", () -> r.mapReduce(op, sum, none, 1, f32(), f32(3), f32(3)));
    wrongShape("sum", "axis", () -> r.mapReduce(op, Expr.constant(1), none, 0, f32()));
    wrongShape("sum", "out", () -> r.mapReduce(op, sum, none, 1, f32(3), f32(3), f32(2, 3)));
    wrongShape(
        "max",
        "the common shape",
        () -> r.mapReduce(ReduceOp.MAX, sum, none, 0, f32(), f32(0), f32(1)));
    Tensor x = f32(3, 4);
    wrong("sum", "out", () -> r.mapReduce(op, sum, none, 0, x.select(0, 1), f32(3, 4), x));
  }

  @Test
  void matmul() {
    var m = kernels().matmul();
    String op = "matmul";
    wrongShape(op, "a", () -> m.matmul(f32(3), false, f32(3), false, null, f32()));
    wrongShape(op, "b", () -> m.matmul(f32(2, 3), false, f32(1, 3, 4), false, null, f32(2, 4)));
    wrongShape(op, "b", () -> m.matmul(f32(2, 3), false, f32(4, 3), false, null, f32(2, 3)));
    wrongShape(op, "b", () -> m.matmul(f32(2, 3), true, f32(3, 4), true, null, f32(3, 3)));
    wrongShape(
        op, "b", () -> m.matmul(f32(2, 2, 3), false, f32(3, 3, 4), false, null, f32(2, 2, 4)));
    wrongShape(op, "out", () -> m.matmul(f32(2, 3), false, f32(3, 4), false, null, f32(4, 2)));
    wrongShape(
        op, "out", () -> m.matmul(f32(1, 2, 3), false, f32(1, 3, 4), false, null, f32(2, 4)));
    wrongShape(op, "bias", () -> m.matmul(f32(2, 3), false, f32(3, 4), false, f32(2), f32(2, 4)));
    wrongType(op, "a", () -> m.matmul(i32(2, 3), false, i32(3, 4), false, null, i32(2, 4)));
    wrongType(op, "bias", () -> m.matmul(f32(2, 3), false, f32(3, 4), false, f64(4), f32(2, 4)));
    Tensor square = f32(3, 3);
    wrong(op, "out", () -> m.matmul(square, false, f32(3, 3), false, null, square));
    wrong(op, "out", () -> m.matmul(f32(3, 3), false, square, false, null, square));
    wrong(
        op,
        "out",
        () -> m.matmul(f32(3, 3), false, f32(3, 3), false, null, square.transpose(0, 1)));
  }

  @Test
  void convolution() {
    var c = kernels().convolutions();
    Conv2dSpec one = Conv2dSpec.DEFAULT;
    String op = "conv2d";
    Tensor x = f32(2, 3, 5, 5);
    Tensor w = f32(4, 3, 2, 2);
    Tensor y = f32(2, 4, 4, 4);
    wrong(op, "spec", () -> c.conv2d(x, w, null, null, y));
    wrongShape(op, "x", () -> c.conv2d(f32(3, 5, 5), w, null, one, y));
    wrongShape(op, "w", () -> c.conv2d(x, f32(3, 2, 2), null, one, y));
    wrongShape(op, "y", () -> c.conv2d(x, w, null, one, f32(2, 4, 5, 5)));
    wrongShape(op, "bias", () -> c.conv2d(x, w, f32(3), one, y));
    wrongType(op, "w", () -> c.conv2d(x, f64(4, 3, 2, 2), null, one, y));
    wrongType(op, "bias", () -> c.conv2d(x, w, f64(4), one, y));
    wrongShape(op, "the weight", () -> c.conv2d(x, f32(4, 2, 2, 2), null, one, y));
    wrongShape(op, "the window", () -> c.conv2d(x, f32(4, 3, 0, 2), null, one, y));
    wrongShape(op, "the window", () -> c.conv2d(x, f32(4, 3, 6, 2), null, one, y));
    Conv2dSpec groups = Conv2dSpec.of(1, 0, 1, 2);
    wrongShape(op, "groups", () -> c.conv2d(x, w, null, groups, y));
    Conv2dSpec wide = Conv2dSpec.of(Integer.MAX_VALUE, Integer.MAX_VALUE, 1, 1);
    wrongShape(op, "the padded extent", () -> c.conv2d(x, w, null, wide, y));
    wrongShape(
        "conv2d input gradient",
        "dy",
        () -> c.conv2dInputGradient(f32(2, 4, 3, 4), w, one, f32(2, 3, 5, 5)));
    wrongShape(
        "conv2d weight gradient",
        "dy",
        () -> c.conv2dWeightGradient(x, f32(2, 4, 3, 4), one, f32(4, 3, 2, 2)));
    wrong("conv2d", "stride", () -> Conv2dSpec.of(0, 0, 1, 1));
    wrong("conv2d", "padding", () -> Conv2dSpec.of(1, -1, 1, 1));
    wrong("conv2d", "dilation", () -> Conv2dSpec.of(1, 0, 0, 1));
    wrong("conv2d", "groups", () -> Conv2dSpec.of(1, 0, 1, 0));
    Tensor image = f32(1, 1, 3, 3);
    wrong(op, "y", () -> c.conv2d(image, f32(1, 1, 1, 1), null, one, image));
  }

  @Test
  void pooling() {
    var c = kernels().convolutions();
    Pool2dSpec two = Pool2dSpec.of(2, 2);
    Tensor x = f32(1, 2, 4, 4);
    Tensor y = f32(1, 2, 2, 2);
    Tensor index = i32(1, 2, 2, 2);
    wrong("max_pool2d", "spec", () -> c.maxPool2d(x, null, y, index));
    wrongShape("max_pool2d", "y", () -> c.maxPool2d(x, two, x, index));
    wrongShape("max_pool2d", "index", () -> c.maxPool2d(x, two, y, i32(2, 2, 2)));
    wrongType("max_pool2d", "index", () -> c.maxPool2d(x, two, y, f32(1, 2, 2, 2)));
    wrongShape("max_pool2d", "the window", () -> c.maxPool2d(x, Pool2dSpec.of(5, 1), y, index));
    wrongShape("max_pool2d", "x", () -> c.maxPool2d(f32(1, 2, 0, 4), two, y, index));
    wrongShape("max_pool2d gradient", "dx", () -> c.maxPool2dGradient(y, index, f32(1, 1, 4, 4)));
    Tensor far = tensor(DType.I32, new double[] {0, 1, 2, 16, 0, 0, 0, 0}, 1, 2, 2, 2);
    wrongShape("max_pool2d gradient", "index[3]", () -> c.maxPool2dGradient(y, far, x));
    wrongShape("avg_pool2d", "y", () -> c.avgPool2d(x, two, f32(1, 2, 2, 3)));
    wrongShape("avg_pool2d gradient", "dy", () -> c.avgPool2dGradient(f32(1, 2, 2, 3), two, x));
    wrong("pool2d", "kernel", () -> Pool2dSpec.of(0, 1));
    wrong("pool2d", "stride", () -> Pool2dSpec.of(1, 0));
    wrong("pool2d", "padding", () -> new Pool2dSpec(2, 2, 1, 1, 2, 0));
    wrong("pool2d", "padding", () -> new Pool2dSpec(2, 2, 1, 1, -1, 0));
    wrong("pool2d", "dilation", () -> two.dilated(0, 1));
    wrong("pool2d", "kernel", () -> two.dilated(1, 1 << 30));
    wrong("pool2d", "kernel", () -> Pool2dSpec.of(1 << 16, 1));
    Pool2dSpec over = new Pool2dSpec(2, 2, 1, 1, 2, 0, 5, 1, false);
    Tensor nine = f32(1, 2, 3, 3);
    wrongShape("max_pool2d", "the dilation", () -> c.maxPool2d(x, over, nine, i32(1, 2, 3, 3)));
    wrong("avg_pool2d", "dilation", () -> c.avgPool2d(x, two.dilated(1, 2), y));
    wrong("avg_pool2d gradient", "dilation", () -> c.avgPool2dGradient(y, two.dilated(2, 1), x));
    wrong("avg_pool2d", "spec", () -> c.avgPool2d(x, null, y));
  }

  @Test
  void softmax() {
    var s = kernels().softmax();
    Tensor x = f32(2, 3);
    wrongShape("softmax", "x", () -> s.softmax(f32(), f32()));
    wrongShape("softmax", "y", () -> s.softmax(x, f32(3, 2)));
    wrong("log_softmax", "y", () -> s.logSoftmax(x, x));
    wrongType("softmax", "x", () -> s.softmax(i32(3), i32(3)));
    wrongShape("softmax gradient", "dy", () -> s.softmaxGradient(x, f32(3), f32(2, 3)));
    wrongType("log_softmax gradient", "dy", () -> s.logSoftmaxGradient(x, f64(2, 3), f32(2, 3)));
    Tensor labels = i32(2);
    Tensor logs = f32(2, 3);
    Tensor losses = f32(2);
    String op = "cross_entropy";
    wrongShape(op, "logits", () -> s.crossEntropy(f32(3), labels, logs, losses));
    wrongShape(op, "labels", () -> s.crossEntropy(x, i32(3), logs, losses));
    wrongType(op, "labels", () -> s.crossEntropy(x, f32(2), logs, losses));
    wrongShape(op, "losses", () -> s.crossEntropy(x, labels, logs, f32(3)));
    wrongShape(op, "logProbabilities", () -> s.crossEntropy(x, labels, f32(3, 2), losses));
    wrong(op, "losses", () -> s.crossEntropy(x, labels, logs, logs.reshape(6).slice(0, 1, 3)));
    for (int label : new int[] {-1, 3, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      Tensor bad = tensor(DType.I32, new double[] {0, label}, 2);
      double[] before = logs.toDoubleArray();
      wrongShape(op, "labels[1]", () -> s.crossEntropy(x, bad, logs, losses));
      assertSame("nothing was written", logs.toDoubleArray(), before);
      wrongShape(
          op + " gradient",
          "labels[1]",
          () -> s.crossEntropyGradient(logs, bad, losses, f32(2, 3)));
    }
    wrongShape(op, "labels[0]", () -> s.crossEntropy(f32(2, 0), labels, f32(2, 0), losses));
    wrongShape(
        op + " gradient", "dlosses", () -> s.crossEntropyGradient(logs, labels, f32(1), f32(2, 3)));
  }

  @Test
  void norms() {
    var n = kernels().norms();
    Tensor x = f32(4, 3, 2);
    Tensor c = f32(3);
    wrongShape("batch_statistics", "x", () -> n.batchStatistics(f32(4, 3), f32(3), f32(3)));
    wrongShape("batch_statistics", "mean", () -> n.batchStatistics(x, f32(4), f32(3)));
    wrong("batch_statistics", "variance", () -> n.batchStatistics(x, c, c));
    String op = "batch_norm";
    Tensor y = f32(4, 3, 2);
    wrongShape(op, "gamma", () -> n.batchNorm(x, c, c, f32(2), c, 1e-5, y));
    wrongType(op, "beta", () -> n.batchNorm(x, c, c, c, f64(3), 1e-5, y));
    wrong(op, "epsilon", () -> n.batchNorm(x, c, c, c, c, -1, y));
    wrong(op, "epsilon", () -> n.batchNorm(x, c, c, c, c, Double.NaN, y));
    wrong(op, "y", () -> n.batchNorm(x, c, c, c, c, 1e-5, x));
    wrongShape(op, "y", () -> n.batchNorm(x, c, c, c, c, 1e-5, f32(3, 4, 2)));
    String gradient = "batch_norm gradient";
    wrongShape(
        gradient, "dy", () -> n.batchNormGradient(x, c, c, c, 1e-5, f32(3), y, f32(3), f32(3)));
    wrong(
        gradient,
        "dgamma",
        () -> n.batchNormGradient(x, c, c, c, 1e-5, y, f32(4, 3, 2), c, f32(3)));
    wrong(gradient, "dx", () -> n.batchNormGradient(x, c, c, c, 1e-5, y, x, f32(3), f32(3)));
    wrong(
        gradient,
        "dbeta",
        () -> n.batchNormGradient(x, f32(3), f32(3), f32(3), 1e-5, y, f32(4, 3, 2), c, c));
  }

  @Test
  void recurrent() {
    var r = kernels().recurrent();
    RecurrentSpec gru = new RecurrentSpec(RecurrentCell.GRU, false);
    Tensor x = f32(2, 3, 12);
    Tensor h0 = f32(1, 3, 4);
    Tensor w = f32(12, 4);
    Tensor b = f32(12);
    Tensor saved = f32(2, 3, 16);
    Tensor h = f32(3, 3, 4);
    wrong("recurrent", "spec", () -> r.recurrent(null, x, h0, w, b, null, saved, h));
    wrongType("gru", "x", () -> r.recurrent(gru, i32(2, 3, 12), h0, w, b, null, saved, h));
    wrongShape("gru", "x", () -> r.recurrent(gru, f32(3, 12), h0, w, b, null, saved, h));
    wrongShape("gru", "x", () -> r.recurrent(gru, f32(2, 3, 8), h0, w, b, null, saved, h));
    wrongShape("gru", "w", () -> r.recurrent(gru, x, h0, f32(12), b, null, saved, h));
    wrongShape("gru", "w", () -> r.recurrent(gru, x, h0, f32(16, 4), b, null, saved, h));
    wrongShape("gru", "initial", () -> r.recurrent(gru, x, f32(3, 4), w, b, null, saved, h));
    wrongType("gru", "bias", () -> r.recurrent(gru, x, h0, w, f64(12), null, saved, h));
    wrongShape("gru", "bias", () -> r.recurrent(gru, x, h0, w, f32(4), null, saved, h));
    wrongType("gru", "lengths", () -> r.recurrent(gru, x, h0, w, b, f32(3), saved, h));
    wrongShape("gru", "lengths", () -> r.recurrent(gru, x, h0, w, b, i32(2), saved, h));
    for (int end : new int[] {-1, 3}) {
      Tensor ends = tensor(DType.I32, new double[] {0, 2, end}, 3);
      wrongShape("gru", "lengths[2]", () -> r.recurrent(gru, x, h0, w, b, ends, saved, h));
    }
    wrongShape("gru", "saved", () -> r.recurrent(gru, x, h0, w, b, null, f32(2, 3, 12), h));
    wrongShape("gru", "states", () -> r.recurrent(gru, x, h0, w, b, null, saved, f32(2, 3, 4)));
    String op = "gru gradient";
    Tensor dx = f32(2, 3, 12);
    Tensor da = f32(2, 3, 12);
    Tensor d0 = f32(1, 3, 4);
    wrong(
        "recurrent gradient",
        "spec",
        () -> r.recurrentGradient(null, h, saved, h0, w, null, h, dx, da, d0));
    wrong(op, "dhidden", () -> r.recurrentGradient(gru, h, saved, h0, w, null, h, dx, null, d0));
    wrong(op, "dhidden", () -> r.recurrentGradient(gru, h, saved, h0, w, null, h, dx, dx, d0));
    wrong(op, "dinitial", () -> r.recurrentGradient(gru, h, saved, h0, w, null, h, dx, da, h0));
    wrongShape(op, "dstates", () -> r.recurrentGradient(gru, h, saved, h0, w, null, x, dx, da, d0));
    wrongShape(op, "dx", () -> r.recurrentGradient(gru, h, saved, h0, w, null, h, f32(12), da, d0));
  }

  @Test
  void labelsOverSteps() {
    var r = kernels().recurrent();
    Tensor x = f32(2, 3, 4);
    Tensor t = i32(3, 1);
    Tensor i = i32(3);
    Tensor a = f32(2, 3, 5);
    Tensor l = f32(3);
    wrongType("ctc", "x", () -> r.ctc(i32(2, 3, 4), t, i, i, 0, a, l));
    wrongShape("ctc", "x", () -> r.ctc(f32(3, 4), t, i, i, 0, a, l));
    wrongType("ctc", "targets", () -> r.ctc(x, f32(3, 1), i, i, 0, a, l));
    wrongShape("ctc", "targets", () -> r.ctc(x, i, i, i, 0, a, l));
    wrongShape("ctc", "targets", () -> r.ctc(x, i32(2, 1), i, i, 0, a, l));
    wrongShape("ctc", "inputLengths", () -> r.ctc(x, t, i32(2), i, 0, a, l));
    wrongType("ctc", "targetLengths", () -> r.ctc(x, t, i, f32(3), 0, a, l));
    wrong("ctc", "blank", () -> r.ctc(x, t, i, i, 4, a, l));
    wrong("ctc", "blank", () -> r.ctc(x, t, i, i, -1, a, l));
    wrongShape("ctc", "alphas", () -> r.ctc(x, t, i, i, 0, f32(2, 3, 3), l));
    wrongShape("ctc", "losses", () -> r.ctc(x, t, i, i, 0, a, f32(2)));
    wrong("ctc", "losses", () -> r.ctc(x, t, i, i, 0, a, a.reshape(30).slice(0, 0, 3)));
    Tensor far = tensor(DType.I32, new double[] {0, 4, 0}, 3);
    wrongShape("ctc", "targets[1]", () -> r.ctc(x, far.reshape(3, 1), i, i, 0, a, l));
    wrongShape("ctc", "inputLengths[1]", () -> r.ctc(x, t, far, i, 0, a, l));
    wrongShape("ctc", "targetLengths[1]", () -> r.ctc(x, t, i, far, 0, a, l));
    String op = "ctc gradient";
    Tensor dx = f32(2, 3, 4);
    wrongShape(op, "alphas", () -> r.ctcGradient(x, t, i, i, 0, dx, l, l, dx));
    wrongShape(op, "losses", () -> r.ctcGradient(x, t, i, i, 0, a, f32(2), l, dx));
    wrongType(op, "dlosses", () -> r.ctcGradient(x, t, i, i, 0, a, l, f64(3), dx));
    wrongShape(op, "dx", () -> r.ctcGradient(x, t, i, i, 0, a, l, l, f32(2, 3, 5)));
    wrong(op, "dx", () -> r.ctcGradient(x, t, i, i, 0, a, l, l, x));
  }

  @Test
  void indexing() {
    var i = kernels().indexing();
    Tensor x = f32(3, 4);
    wrongShape("gather", "axis", () -> i.gather(x, 2, i32(3, 4), f32(3, 4)));
    wrongShape("gather", "axis", () -> i.gather(f32(), 0, i32(), f32()));
    wrongShape("gather", "out", () -> i.gather(x, 0, i32(2, 3), f32(2, 3)));
    wrongShape("gather", "index", () -> i.gather(x, 0, i32(2, 3), f32(2, 4)));
    wrongType("gather", "index", () -> i.gather(x, 0, f32(2, 4), f32(2, 4)));
    Tensor bad = tensor(DType.I32, new double[] {0, 2, 3, 0}, 1, 4);
    wrongShape("gather", "index[2]", () -> i.gather(x, 0, bad, f32(1, 4)));
    Tensor before = exact(x);
    wrongShape("scatter_add", "index[2]", () -> i.scatterAdd(f32(1, 4), 0, bad, x));
    assertSame("nothing was written", x.toDoubleArray(), before.toDoubleArray());
    wrongShape("scatter_add", "src", () -> i.scatterAdd(f32(1, 3), 0, i32(1, 3), x));
    wrongShape("scatter_add", "index", () -> i.scatterAdd(f32(1, 4), 0, i32(2, 4), x));
    wrong("gather", "out", () -> i.gather(x, 0, i32(3, 4), x));
    wrongShape("scatter", "src", () -> i.scatter(f32(1, 3), 0, i32(1, 3), x));
    wrongShape("scatter", "index[2]", () -> i.scatter(f32(1, 4), 0, bad, x));
    Tensor two = tensor(DType.I32, new double[] {0, 3}, 2);
    wrongType("index_select", "x", () -> i.indexSelect(i32(3, 4), 0, i32(2), i32(2, 4)));
    wrongType("index_select", "index", () -> i.indexSelect(x, 0, f32(2), f32(2, 4)));
    wrongType("index_select", "out", () -> i.indexSelect(x, 0, i32(2), f64(2, 4)));
    wrongShape("index_select", "index", () -> i.indexSelect(x, 0, i32(2, 1), f32(2, 4)));
    wrongShape("index_select", "axis", () -> i.indexSelect(x, 2, i32(2), f32(2, 4)));
    wrongShape("index_select", "out", () -> i.indexSelect(x, 0, i32(2), f32(3, 4)));
    wrongShape("index_select", "index[1]", () -> i.indexSelect(x, 0, two, f32(2, 4)));
    wrong("index_select", "out", () -> i.indexSelect(x, 0, i32(3), x));
    wrongShape("index_add", "src", () -> i.indexAdd(f32(3, 4), 0, i32(2), x));
    wrongShape("index_add", "out", () -> i.indexAdd(f32(3, 4), 0, i32(3), f32(3)));
    wrongShape("index_add", "index[1]", () -> i.indexAdd(f32(2, 4), 0, two, x));
    wrong("index_add", "out", () -> i.indexAdd(x, 0, i32(3), x));
    wrongType("argsort", "x", () -> i.argSort(false, i32(3), 0, i32(3)));
    wrongType("argsort", "out", () -> i.argSort(false, f32(3), 0, f32(3)));
    wrongShape("argsort", "axis", () -> i.argSort(false, f32(3), 1, i32(3)));
    wrongShape("argsort", "out", () -> i.argSort(false, x, 0, i32(3, 5)));
    wrongShape("argsort", "out", () -> i.argSort(false, x, 0, i32(4, 4)));
    wrongShape("one_hot", "out", () -> i.oneHot(i32(3), f32(4, 2)));
    wrongShape("one_hot", "index[", () -> i.oneHot(tensor(DType.I32, new double[] {2}), f32(2)));
    wrongShape("one_hot", "index[", () -> i.oneHot(i32(3), f32(3, 0)));
    wrongType("one_hot", "index", () -> i.oneHot(f32(3), f32(3, 2)));
    wrongType("one_hot", "out", () -> i.oneHot(i32(3), i32(3, 2)));
  }

  @Test
  void random() {
    var r = kernels().random();
    Tensor y = f32(3);
    wrongType("uniform", "out", () -> r.uniform(1, 0, 0, 1, i32(3)));
    wrong("uniform", "the range", () -> r.uniform(1, 0, 1, 1, y));
    wrong("uniform", "the range", () -> r.uniform(1, 0, 2, 1, y));
    wrong("uniform", "the range", () -> r.uniform(1, 0, 1, 1 + 1e-12, y));
    wrong("uniform", "the range", () -> r.uniform(1, 0, Double.NaN, 1, y));
    wrong("uniform", "the range", () -> r.uniform(1, 0, -3e38, 3e38, y));
    wrong("uniform", "the range", () -> r.uniform(1, 0, Double.NEGATIVE_INFINITY, 0, y));
    wrong("normal", "mean", () -> r.normal(1, 0, Double.NaN, 1, y));
    wrong("normal", "deviation", () -> r.normal(1, 0, 0, -1, y));
    wrong("bernoulli", "probability", () -> r.bernoulli(1, 0, 1.5, y));
    wrong("bernoulli", "probability", () -> r.bernoulli(1, 0, Double.NaN, y));
    wrongType("permutation", "out", () -> r.permutation(1, 0, y));
    wrongShape("permutation", "out", () -> r.permutation(1, 0, i32(2, 3)));
    wrong("normal", "out", () -> r.normal(1, 0, 0, 1, f32(3, 3).select(1, 0)));
  }

  @Test
  void updates() {
    var u = kernels().updates();
    Tensor p = f32(3);
    Tensor g = f32(3);
    Tensor v = f32(3);
    wrong("update", "step", () -> u.update(null, p, g));
    wrong("sgd", "tensors", () -> u.update(MOVING, p, g));
    wrong("sgd", "tensors", () -> u.update(PLAIN, p, g, v));
    wrong("sgd", "tensors", () -> u.update(PLAIN, (Tensor[]) null));
    wrongShape("sgd", "gradient", () -> u.update(PLAIN, p, f32(4)));
    wrongType("sgd", "gradient", () -> u.update(PLAIN, p, f64(3)));
    wrongType("sgd", "parameter", () -> u.update(PLAIN, i32(3), i32(3)));
    wrong("sgd", "parameter", () -> u.update(PLAIN, p, p));
    wrong("sgd", "parameter", () -> u.update(PLAIN, f32(3, 3).select(1, 0), g));
    wrong("sgd", "velocity", () -> u.update(MOVING, p, g, g));
    wrong("sgd", "velocity", () -> u.update(MOVING, p, g, f32(3, 3).select(1, 0)));
    wrongShape("sgd", "velocity", () -> u.update(MOVING, p, g, f32(1)));
    wrong("adam", "v", () -> u.update(ADAM, p, g, v, v));
    wrong("adam", "m", () -> u.update(ADAM, p, g, p, v));
    wrongShape("adam", "m", () -> u.update(ADAM, p, g, f32(2), v));
    Tensor table = f32(3, 2);
    Tensor index = i32(4);
    Tensor rows = f32(4, 2);
    wrong("update_rows", "step", () -> u.updateRows(null, index, table, rows));
    wrong("sgd_rows", "tensors", () -> u.updateRows(MOVING, index, table, rows));
    wrongShape("sgd_rows", "parameter", () -> u.updateRows(PLAIN, index, p, rows));
    wrongType("sgd_rows", "index", () -> u.updateRows(PLAIN, f32(4), table, rows));
    wrongShape("sgd_rows", "index", () -> u.updateRows(PLAIN, i32(2, 2), table, rows));
    wrongShape("sgd_rows", "gradient", () -> u.updateRows(PLAIN, index, table, f32(3, 2)));
    wrongShape("sgd_rows", "gradient", () -> u.updateRows(PLAIN, index, table, f32(4, 1)));
    wrong("sgd_rows", "parameter", () -> u.updateRows(PLAIN, i32(3), table, table));
    wrongShape("sgd_rows", "velocity", () -> u.updateRows(MOVING, index, table, rows, p));
    Tensor far = Tensor.of(backend(), new int[] {0, 1, 3, 2}, 4);
    wrongShape("sgd_rows", "index[2]", () -> u.updateRows(PLAIN, far, table, rows));
    double[] before = table.toDoubleArray();
    u.updateRows(PLAIN, i32(0), table, f32(0, 2));
    assertSame("no row is named", table.toDoubleArray(), before);
  }
}
