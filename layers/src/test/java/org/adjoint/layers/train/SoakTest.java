package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.optim.Adam;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.MemoryUse;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A long training keeps nothing (check R8). */
class SoakTest {
  @Test
  @Tag("sweep")
  void memoryAfterAHundredThousandStepsIsThatAfterATenth() {
    ReferenceBackend device = new ReferenceBackend();
    Setup setup = Setup.of(device, DType.F32, 1);
    Sequential model =
        new Sequential(
            new Linear(setup, 4, 8),
            new BatchNorm(setup, 8),
            Activation.tanh(),
            new Dropout(setup, 0.1),
            new Linear(setup, 8, 3));
    byte[] pixels = new byte[4 * 350];
    byte[] labels = new byte[350];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 37);
      labels[i / 4] = (byte) (i / 4 % 3);
    }
    // Thirty-five batches and a smaller one an epoch.
    DataLoader loader =
        new DataLoader(
                Images.of(pixels, labels, 2, 2, 3).flattened().subset(range(347)),
                10,
                device,
                DType.F32)
            .shuffle(new RandomStream(2));
    int epochs = 100_000 / loader.batches() + 1;
    Trainer trainer = new Trainer(new Classification(model), new Adam(model, 1e-3), loader, epochs);
    trainer.run(epochs / 10);
    long heap = retained();
    MemoryUse before = device.memory();
    trainer.run();
    MemoryUse after = device.memory();
    assertEquals(before.live(), after.live());
    assertEquals(before.pooled(), after.pooled());
    // The history grows by a record an epoch.
    double allowed = 1.01 * heap + 200.0 * epochs;
    long now = retained();
    assertTrue(now <= allowed, () -> heap + " bytes, then " + now);
  }

  private static int[] range(int n) {
    int[] all = new int[n];
    for (int i = 0; i < n; i++) {
      all[i] = i;
    }
    return all;
  }

  private static long retained() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      ManagementFactory.getMemoryMXBean().gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }
}
