package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Precision;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Parameter;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The multilayer perceptron of {@code adjoint train}, trained by the kernels of a GPU in the
 * simulator with all its checks: every loss is within one part in 10⁵ of that of float64, or at
 * most four times as far from it as float32 on the CPU is.
 */
final class SimulatedTrainingTest {
  private static final int BATCH = 32;
  private static final int PIXELS = 784;

  private static Tensor floats(Backend device, DType dtype, double[] values, int... dims) {
    Tensor t = Tensor.owned(device, dtype, Shape.of(dims));
    write(values, t);
    return t;
  }

  /** Writes numbers of float32 in either type. */
  private static void write(double[] values, Tensor t) {
    Object array = values;
    if (t.dtype() == DType.F32) {
      float[] singles = new float[values.length];
      for (int i = 0; i < singles.length; i++) {
        singles[i] = (float) values[i];
      }
      array = singles;
    }
    t.device().upload(array, 0, t.storage(), t.layout().offset(), values.length);
  }

  private static List<double[]> start() {
    Layer model = Models.mlp(Setup.of(Backends.get("cpu"), DType.F32, 1));
    return model.parameters().values().stream().map(p -> p.value().toDoubleArray()).toList();
  }

  private static double[] losses(String name, DType dtype, int steps) {
    return losses(Backends.get(name), dtype, steps);
  }

  private static double[] losses(Backend device, DType dtype, int steps) {
    Layer model = Models.mlp(Setup.of(device, dtype, 1));
    List<double[]> first = start();
    List<Parameter> parameters = List.copyOf(model.parameters().values());
    for (int i = 0; i < first.size(); i++) {
      write(first.get(i), parameters.get(i).value());
    }
    SplittableRandom random = new SplittableRandom(1);
    TrainingStep step = null;
    double[] losses = new double[steps];
    for (int s = 0; s < steps; s++) {
      double[] pixels = new double[BATCH * PIXELS];
      Arrays.setAll(pixels, _ -> (float) random.nextDouble());
      int[] labels = random.ints(BATCH, 0, 10).toArray();
      Tensor x = floats(device, dtype, pixels, BATCH, PIXELS);
      Tensor target = Tensor.of(device, labels, BATCH);
      if (step == null) {
        Sgd optimizer = new Sgd(model, 0.01, 0.9);
        step = TrainingStep.capture(model, new CrossEntropy(), optimizer, x, target);
      }
      losses[s] = step.run(x, target).item();
    }
    return losses;
  }

  private static void follows(int steps) {
    double[] exact = losses("cpu", DType.F64, steps);
    double[] cpu = losses("cpu", DType.F32, steps);
    double[] sim = losses("sim", DType.F32, steps);
    for (int s = 0; s < steps; s++) {
      double bound = Math.max(1e-5 * Math.abs(exact[s]), 4 * Math.abs(cpu[s] - exact[s]));
      assertEquals(exact[s], sim[s], bound, "step " + s);
    }
  }

  @Test
  void threeSteps() {
    follows(3);
  }

  /**
   * Operands of bf16 are off by up to 2⁻⁸ each, a product of two by 2⁻⁷, to either side alike; in
   * sums of hundreds they cancel for the most part, so that a loss stays within 2⁻⁷ of float32's.
   */
  @Test
  void inMixedPrecision() {
    double[] single = losses("cpu", DType.F32, 2);
    for (String name : List.of("sim", "cpu")) {
      double[] mixed = losses(Backends.get(name).with(Precision.BF16), DType.F32, 2);
      for (int s = 0; s < mixed.length; s++) {
        assertEquals(single[s], mixed[s], 0x1p-7 * single[s], name + ", step " + s);
        assertNotEquals(single[s], mixed[s], 1e-6 * single[s], name + " rounds, step " + s);
      }
    }
  }

  @Test
  @Tag("sweep")
  void tenSteps() {
    follows(10);
  }
}
