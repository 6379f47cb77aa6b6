package foreign;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Activation;
import org.adjoint.layers.Conv2d;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.Inference;
import org.adjoint.layers.Linear;
import org.adjoint.layers.MaxPool2d;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;

/** Tells upright from level strokes in small noisy pictures; saves, loads, and asks again. */
public final class Main {
  private static final int PICTURES = 128;
  private static final int SIDE = 8;

  private Main() {}

  /** Runs; the one argument names the checkpoint. */
  public static void main(String[] args) {
    require(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty(),
        "without the flag there is no Vector API, and the backend runs scalar code");
    Device device = Backends.fastest();
    require(device.name().equals("cpu"), "the fastest backend is the CPU's all the same");

    SplittableRandom random = new SplittableRandom(1);
    float[] pixels = new float[PICTURES * SIDE * SIDE];
    int[] level = new int[PICTURES];
    for (int i = 0; i < PICTURES; i++) {
      level[i] = random.nextInt(2);
      int at = random.nextInt(SIDE);
      for (int p = 0; p < SIDE * SIDE; p++) {
        boolean stroke = (level[i] == 1 ? p / SIDE : p % SIDE) == at;
        pixels[i * SIDE * SIDE + p] = (float) random.nextGaussian(stroke ? 1 : 0, 0.2);
      }
    }
    Tensor x = Tensor.of(device, pixels, PICTURES, 1, SIDE, SIDE);
    Tensor y = Tensor.of(device, level, PICTURES);

    Sequential model = model(device, 7);
    Sgd optimizer = new Sgd(model, 0.1, 0.9);
    for (int step = 0; step < 60; step++) {
      try (var _ = Scope.open()) {
        optimizer.resetGradients();
        new CrossEntropy().of(model.forward(Variable.of(x)), y).backward();
        optimizer.step();
      }
    }
    float[] trained = Inference.of(model).apply(x).toFloatArray();
    int right = 0;
    for (int i = 0; i < PICTURES; i++) {
      right += (trained[2 * i + 1] > trained[2 * i] ? 1 : 0) == level[i] ? 1 : 0;
    }
    require(right > 0.95 * PICTURES, right + " of " + PICTURES + " strokes are told right");

    Path file = Path.of(args[0]);
    Checkpoint.save(file, model, Map.of("model", "strokes"));
    Sequential other = model(device, 8);
    require(Checkpoint.load(file, other).get("model").equals("strokes"), "the metadata is back");
    float[] loaded = Inference.of(other).apply(x).toFloatArray();
    require(Arrays.equals(trained, loaded), "the loaded model answers with the same bits");
  }

  private static Sequential model(Device device, long seed) {
    Setup setup = Setup.of(device, DType.F32, seed);
    return new Sequential(
        new Conv2d(setup, 1, 4, 3),
        Activation.relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(setup, 4 * 3 * 3, 2));
  }

  private static void require(boolean condition, String claim) {
    System.out.println((condition ? "holds: " : "FAILS: ") + claim);
    if (!condition) {
      System.exit(1);
    }
  }
}
