package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.SplittableRandom;
import java.util.function.Function;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Network;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.data.RandomShift;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Schedule;
import org.adjoint.tensor.DType;

/** A training in which everything has a state: dropout, batch norm, shuffling, shifts, Adam. */
final class Small {
  static final Backend DEVICE = Backends.get("reference");
  static final Images DATA = bars();

  final Sequential model;
  final DataLoader loader;
  final Trainer trainer;

  Small(int epochs) {
    // Batches of 20, 20, 20, 20 and 10.
    this(
        epochs,
        new DataLoader(DATA.flattened(), 20, DEVICE, DType.F32),
        m -> Adam.adamW(m, 0.01, 0.1));
  }

  Small(int epochs, DataLoader data, Function<Network, Optimizer> optimizer) {
    Setup setup = Setup.of(DEVICE, DType.F32, 1);
    model =
        new Sequential(
            new Linear(setup, 36, 12),
            new BatchNorm(setup, 12),
            Activation.relu(),
            new Dropout(setup, 0.2),
            new Linear(setup, 12, 3));
    loader =
        data.shuffle(new RandomStream(2)).augment(new RandomShift(6, 6, 1, 0), new RandomStream(3));
    trainer =
        new Trainer(new Classification(model), optimizer.apply(model), loader, epochs)
            .schedule(Schedule.cosine(5));
  }

  /** 90 noisy 6 × 6 images: the class is the brightest row, of three. */
  private static Images bars() {
    SplittableRandom random = new SplittableRandom(1);
    byte[] pixels = new byte[90 * 36];
    byte[] labels = new byte[90];
    for (int i = 0; i < 90; i++) {
      labels[i] = (byte) (i % 3);
      for (int p = 0; p < 36; p++) {
        int base = p / 6 == 1 + labels[i] ? 150 : 20;
        pixels[36 * i + p] = (byte) (base + random.nextInt(80));
      }
    }
    return Images.of(pixels, labels, 6, 6, 3);
  }

  static DataLoader inOrder() {
    return new DataLoader(DATA.flattened(), 40, DEVICE, DType.F32);
  }

  static void assertSame(Network expected, Network received) {
    expected
        .tensors()
        .forEach(
            (name, t) ->
                assertArrayEquals(
                    t.toDoubleArray(), received.tensors().get(name).toDoubleArray(), name));
  }
}
