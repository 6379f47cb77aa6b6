package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.data.RandomShift;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * Batches that travel to a device while it works: those of the CPU, shuffled and shifted alike. The
 * simulator refuses a kernel that nothing orders behind the copy of what it reads, and a copy that
 * nothing orders behind the kernels before.
 */
final class PrefetchToDeviceTest {
  private static List<String> epochs(String name, int ahead) {
    Backend device = Backends.get(name);
    byte[] pixels = new byte[23 * 16];
    new SplittableRandom(1).nextBytes(pixels);
    Images images = Images.of(pixels, new byte[23], 4, 4, 2);
    DataLoader loader =
        new DataLoader(images, 4, device, DType.F32)
            .shuffle(new RandomStream(3))
            .augment(new RandomShift(4, 4, 1, images.background()), new RandomStream(4));
    if (ahead > 0) {
      loader.prefetch(ahead);
    }
    List<String> seen = new ArrayList<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      Iterator<Batch> batches = loader.iterator();
      for (int b = 0; b < 4 + epoch; b++) {
        // The second and the third epoch begin while batches of the one before are on their way.
        Batch batch = batches.next();
        Tensor y = Tensor.owned(device, DType.F32, Shape.of(batch.size(), 16));
        Tensor x = batch.x().reshape(batch.size(), 16);
        device.kernels().elementwise().unary(UnaryOp.NEG, x, 0, 0, y);
        seen.add(Arrays.toString(y.toFloatArray()));
        seen.add(Arrays.toString(batch.labels().toIntArray()));
      }
    }
    return seen;
  }

  @Test
  void batchesAreTheSame() {
    List<String> expected = epochs("cpu", 0);
    assertEquals(expected, epochs("sim", 0));
    assertEquals(expected, epochs("sim", 1));
    assertEquals(expected, epochs("sim", 3));
  }
}
