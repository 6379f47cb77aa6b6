package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.adjoint.autograd.GradientException;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Parameter;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.train.Classification;
import org.adjoint.layers.train.DataParallel;
import org.adjoint.layers.train.Metrics;
import org.adjoint.layers.train.Trainer;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Steps that several devices share. */
final class DataParallelTest {
  private static final int STEPS = 10;
  private static final int WIDTH = 6;

  private static Layer plain(Setup s) {
    return new Sequential(
        new Linear(s, WIDTH, 9), Activation.tanh(), new Linear(s, 9, 4), Activation.tanh());
  }

  private static Layer noisy(Setup s) {
    return new Sequential(
        new Linear(s, WIDTH, 5),
        new BatchNorm(s, 5),
        Activation.relu(),
        new Dropout(s, 0.4),
        new Linear(s, 5, 4));
  }

  /** Batches of five samples, the last of each three of four. */
  private static Batch batch(Backend device, DType dtype, int step) {
    int n = step % 3 == 2 ? 4 : 5;
    SplittableRandom random = new SplittableRandom(step);
    double[] x = random.doubles(n * WIDTH, -1, 1).toArray();
    int[] labels = random.ints(n, 0, 4).toArray();
    Tensor t =
        dtype == DType.F64
            ? Tensor.of(device, x, n, WIDTH)
            : Tensor.of(device, floats(x), n, WIDTH);
    return new Batch(t, Tensor.of(device, labels, n), new int[n], n);
  }

  private static float[] floats(double[] x) {
    float[] f = new float[x.length];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) x[i];
    }
    return f;
  }

  /** The losses of some steps, and behind them the parameters. */
  private static double[] train(boolean noisy, DType dtype, String... names) {
    List<Backend> devices = Arrays.stream(names).map(Backends::get).toList();
    DataParallel parallel =
        new DataParallel(
            devices,
            d -> {
              Setup setup = Setup.of(d, dtype, 3);
              return new Classification(noisy ? noisy(setup) : plain(setup));
            });
    assertEquals(devices, parallel.devices());
    Optimizer optimizer = new Adam(parallel.task().network(), 0.02);
    Metrics metrics = new Metrics();
    List<Double> results = new ArrayList<>();
    int samples = 0;
    for (int s = 0; s < STEPS; s++) {
      Batch batch = batch(devices.getFirst(), dtype, s);
      samples += batch.size();
      results.add(parallel.step(optimizer, batch, metrics));
    }
    assertEquals(samples, metrics.samples());
    for (Parameter p : parallel.task().network().parameters().values()) {
      for (double v : p.value().toDoubleArray()) {
        results.add(v);
      }
    }
    return results.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /**
   * Sums of a batch are put together from parts: after ten steps of Adam, whose steps are as large
   * as the rate wherever a gradient is not zero, some 10⁴ roundings of 2⁻⁵³ are between the two.
   */
  @Test
  void partsHaveTheGradientOfTheWhole() {
    double[] whole = train(false, DType.F64, "cpu");
    assertArrayEquals(whole, train(false, DType.F64, "cpu", "cpu"), 1e-12);
    assertArrayEquals(whole, train(false, DType.F64, "cpu", "cpu", "reference"), 1e-12);
  }

  /** With more devices than samples the last ones rest. */
  @Test
  void moreDevicesThanSamples() {
    String[] seven = {"cpu", "cpu", "cpu", "cpu", "cpu", "cpu", "cpu"};
    assertArrayEquals(train(false, DType.F64, "cpu"), train(false, DType.F64, seven), 1e-12);
  }

  @Test
  void eachRunHasTheSameBits() {
    double[] once = train(true, DType.F32, "sim:0", "sim:1");
    assertArrayEquals(once, train(true, DType.F32, "sim:0", "sim:1"));
    double[] cpu = train(true, DType.F32, "cpu", "cpu");
    assertArrayEquals(cpu, train(true, DType.F32, "cpu", "cpu"));
    // Sums in float32 have another order there. Parameters are not compared: a bias before batch
    // norm has a gradient of roundings alone, which Adam makes as large as any.
    assertArrayEquals(Arrays.copyOf(cpu, STEPS), Arrays.copyOf(once, STEPS), 1e-4);
    assertNotEquals(train(true, DType.F32, "cpu")[0], cpu[0], "dropout draws on each device");
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Backend cpu = Backends.get("cpu");
    assertThrows(ArgumentException.class, () -> new DataParallel(List.of()));
    Classification a = new Classification(plain(Setup.of(cpu, DType.F32, 1)));
    Classification b = new Classification(noisy(Setup.of(cpu, DType.F32, 1)));
    assertThrows(ArgumentException.class, () -> new DataParallel(List.of(a, b)));
    Classification none = new Classification(Activation.tanh());
    assertThrows(ArgumentException.class, () -> new DataParallel(List.of(none)));
    Layer mixed =
        new Sequential(
            new Linear(Setup.of(cpu, DType.F32, 1), 2, 2),
            new Linear(Setup.of(cpu, DType.F64, 1), 2, 2));
    assertThrows(
        ArgumentException.class, () -> new DataParallel(List.of(new Classification(mixed))));
    Parameter p = a.network().parameters().values().iterator().next();
    Tensor wrong = Tensor.zeros(cpu, DType.F32, 1);
    assertThrows(GradientException.class, () -> p.gradient(wrong));
    Variable sum = p.variable().add(1);
    assertThrows(GradientException.class, () -> sum.setGrad(sum.value()));
    DataParallel parallel = new DataParallel(List.of(a));
    Classification other = new Classification(plain(Setup.of(cpu, DType.F32, 1)));
    Images images = Images.of(new byte[WIDTH], new byte[1], 1, WIDTH, 4);
    DataLoader loader = new DataLoader(images, 1, cpu, DType.F32);
    Trainer trainer = new Trainer(other, new Adam(other.network(), 0.1), loader, 1);
    assertThrows(ArgumentException.class, () -> trainer.parallel(parallel));
  }
}
