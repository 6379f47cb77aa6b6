package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.BackendProvider;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.layers.Recorded.Block;
import org.adjoint.layers.loss.BinaryCrossEntropyWithLogits;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.models.Gpt;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole models, step by step, beside what PyTorch recorded (trajectories.py in src/test/python says
 * how and from which numbers).
 */
final class TrajectoriesTest {
  private static final double EXACT = 1e-9;

  /** Every backend on the path; in this module the reference alone. */
  static List<Device> devices() {
    List<Device> available = new ArrayList<>();
    for (BackendProvider p : Backends.providers()) {
      if (p.availability() instanceof BackendProvider.Available) {
        available.add(p.backend());
      }
    }
    return available;
  }

  static List<Block> models() {
    return Recorded.read("models.txt", "model");
  }

  @ParameterizedTest
  @MethodSource("models")
  void modelsInDoubleFollowPyTorch(Block block) {
    double[] expected = block.numbers("loss64");
    double evaluation = block.numbers("evaluation64")[0];
    for (Device device : devices()) {
      Layer model = start(block, device, DType.F64);
      double[] losses = train(model, block, device, DType.F64);
      for (int i = 0; i < losses.length; i++) {
        double bound = EXACT * Math.abs(expected[i]);
        assertEquals(expected[i], losses[i], bound, device.name() + " loss " + i);
      }
      assertEveryTensor(model, block);
      model.eval();
      double loss = loss(model, block, 0, device, DType.F64).item();
      assertEquals(evaluation, loss, EXACT * evaluation, device.name());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void modelsInFloatStayAsNearToDoubleAsPyTorchDoes(Block block) {
    double[] exact = block.numbers("loss64");
    double[] torch = block.numbers("loss32");
    for (Device device : devices()) {
      double[] losses = train(start(block, device, DType.F32), block, device, DType.F32);
      for (int i = 0; i < losses.length; i++) {
        double bound = Math.max(1e-5 * Math.abs(exact[i]), 4 * Math.abs(torch[i] - exact[i]));
        assertEquals(exact[i], losses[i], bound, device.name() + " loss " + i);
      }
    }
  }

  // ---- models ---------------------------------------------------------------------------------

  private static Layer start(Block block, Device device, DType dtype) {
    Setup setup = Setup.of(device, dtype, 1);
    Layer model =
        switch (block.words("model").get(1)) {
          case "mlp" -> Models.mlp(setup);
          case "lenet5", "lenet5-adamw" -> Models.lenet5(setup);
          case "autoencoder" -> Models.autoencoder(setup);
          case "conv-norm" -> convNorm(setup);
          case "resnet" -> Models.resnet(setup, 2, 1, 10);
          case "gpt" -> new Gpt(setup, 11, 6, 8, 2, 2, 0);
          default -> throw new AssertionError(block);
        };
    List<List<String>> lines = block.all("parameter");
    assertEquals(
        lines.stream().map(l -> l.get(1)).toList(), List.copyOf(model.parameters().keySet()));
    int k = 0;
    for (Parameter p : model.parameters().values()) {
      List<String> line = lines.get(k);
      assertEquals(line.get(2), Recorded.name(p.value().shape()), line.get(1));
      String scale = line.get(3);
      double[] values = Recorded.signed(k, p.value().size());
      for (int i = 0; i < values.length; i++) {
        values[i] =
            scale.startsWith("=")
                ? Double.parseDouble(scale.substring(1))
                : values[i] * Double.parseDouble(scale);
      }
      Recorded.write(values, p.value());
      k++;
    }
    return model;
  }

  private static Layer convNorm(Setup setup) {
    return new Sequential(
        new Conv2d(setup, 2, 4, 3, 3, Conv2dSpec.of(1, 1, 1, 1), false),
        new BatchNorm(setup, 4),
        Activation.relu(),
        new Conv2d(setup, 4, 8, 3, 3, Conv2dSpec.of(2, 1, 1, 1), false),
        new BatchNorm(setup, 8),
        Activation.relu(),
        new AvgPool2d(4),
        new Flatten(),
        new Linear(setup, 8, 10));
  }

  private static double[] train(Layer model, Block block, Device device, DType dtype) {
    String kind = block.words("optimizer").get(1);
    Optimizer optimizer = RecordedOptimizers.of(model, kind, block.settings());
    double[] losses = new double[block.numbers("loss64").length];
    for (int step = 0; step < losses.length; step++) {
      optimizer.resetGradients();
      Variable loss = loss(model, block, step, device, dtype);
      losses[step] = loss.item();
      loss.backward();
      optimizer.step();
    }
    return losses;
  }

  private static Variable loss(Layer model, Block block, int step, Device device, DType dtype) {
    int[] shape = Recorded.shape(block.words("input").get(1));
    if (block.has("tokens")) {
      int classes = (int) block.numbers("tokens")[0];
      Tensor text = Tensor.of(device, hashes(100 + step, classes, shape), shape);
      Variable logits = model.forward(Variable.of(text));
      int[] next = hashes(200 + step, classes, shape);
      return new CrossEntropy()
          .of(logits.reshape(next.length, classes), Tensor.of(device, next, next.length));
    }
    Tensor x = Tensor.zeros(device, dtype, shape);
    Recorded.write(Recorded.unit(100 + step, x.size()), x);
    Variable y = model.forward(Variable.of(x));
    if (!block.has("classes")) {
      return BinaryCrossEntropyWithLogits.mean().of(y, x);
    }
    int classes = (int) block.numbers("classes")[0];
    int[] labels = hashes(200 + step, classes, shape[0]);
    return new CrossEntropy().of(y, Tensor.of(device, labels, labels.length));
  }

  private static int[] hashes(int seed, int limit, int... shape) {
    int[] v = new int[Shape.of(shape).size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = Integer.remainderUnsigned(Recorded.hash(seed, i), limit);
    }
    return v;
  }

  /** Sums may cancel, so their bound is relative to the largest that n such elements can sum to. */
  private static void assertEveryTensor(Layer model, Block block) {
    Map<String, Tensor> tensors = model.tensors();
    int compared = 0;
    for (List<String> line : block.all("final64")) {
      Tensor t = tensors.get(line.get(1));
      assertTrue(t != null, line.get(1));
      double sum = 0;
      double squares = 0;
      for (double v : t.toDoubleArray()) {
        sum += v;
        squares += v * v;
      }
      double expected = Double.parseDouble(line.get(3));
      assertEquals(expected, squares, EXACT * expected, line.get(1));
      double largest = Math.sqrt(expected * t.size());
      assertEquals(Double.parseDouble(line.get(2)), sum, EXACT * largest, line.get(1));
      compared++;
    }
    assertEquals(tensors.size(), compared);
  }
}
