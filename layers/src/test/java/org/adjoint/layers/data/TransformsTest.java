package org.adjoint.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TransformsTest {
  private final Backend device = Backends.get("reference");

  private static void refused(Executable action) {
    assertThrows(ArgumentException.class, action);
  }

  private static float[] counted(int n) {
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] = i;
    }
    return v;
  }

  @Test
  void flips() {
    RandomFlip flip = new RandomFlip(3, 0.5);
    float[] v = counted(18);
    flip.apply(v, 3, 6, new float[] {0.5f, 0.49f, 0.9f});
    assertArrayEquals(
        new float[] {0, 1, 2, 3, 4, 5, 8, 7, 6, 11, 10, 9, 12, 13, 14, 15, 16, 17}, v);
    assertEquals(1, flip.draws());
    refused(() -> new RandomFlip(3, 1.1));
    refused(() -> new RandomFlip(0, 0.1));
  }

  @Test
  void oneAfterTheOther() {
    Augmentation both = new RandomShift(2, 3, 1, -1).then(new RandomFlip(3, 0.5));
    assertEquals(3, both.draws());
    float[] v = counted(12);
    // The first: down by one, then mirrored. The second stays.
    both.apply(v, 2, 6, new float[] {0.9f, 0.5f, 0.1f, 0.5f, 0.5f, 0.7f});
    assertArrayEquals(new float[] {-1, -1, -1, 2, 1, 0, 6, 7, 8, 9, 10, 11}, v);
  }

  @Test
  void turnsScalesShearsAndMoves() {
    float[] middle = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    float[] same = counted(18);
    new RandomAffine(3, 3, 30, 2, 0.5, 1, -1).apply(same, 1, 18, middle);
    assertArrayEquals(counted(18), same, 1e-6f);
    float[] turned = counted(9);
    // A quarter turn one way, and back.
    RandomAffine.rotation(3, 3, 90, -1).apply(turned, 1, 9, new float[] {0, 0, 0, 0, 0});
    assertArrayEquals(new float[] {2, 5, 8, 1, 4, 7, 0, 3, 6}, turned, 1e-5f);
    RandomAffine.rotation(3, 3, 90, -1).apply(turned, 1, 9, new float[] {1, 0, 0, 0, 0});
    assertArrayEquals(counted(9), turned, 1e-5f);
    float[] moved = counted(9);
    new RandomAffine(3, 3, 0, 1, 0, 0, -1).apply(moved, 1, 9, new float[] {0.5f, 0, 1, 0.5f, 0.5f});
    assertArrayEquals(new float[] {-1, 3, 4, -1, 6, 7, -1, -1, -1}, moved, 1e-6f);
    float[] larger = counted(5);
    // Half again as large: what is 1 from the middle was 2/3 from it.
    new RandomAffine(1, 5, 0, 0, 0.5, 0, -1)
        .apply(larger, 1, 5, new float[] {0.5f, 0.5f, 0.5f, 1, 0.5f});
    assertArrayEquals(
        new float[] {2 - 4 / 3f, 2 - 2 / 3f, 2, 2 + 2 / 3f, 2 + 4 / 3f}, larger, 1e-5f);
    float[] sheared = counted(9);
    new RandomAffine(3, 3, 0, 0, 0, 1, -1)
        .apply(sheared, 1, 9, new float[] {0.5f, 0.5f, 0.5f, 0.5f, 1});
    assertArrayEquals(new float[] {1, 2, -1, 3, 4, 5, -1, 6, 7}, sheared, 1e-6f);
    refused(() -> new RandomAffine(3, 3, -1, 0, 0, 0, 0));
    refused(() -> new RandomAffine(3, 3, 0, -1, 0, 0, 0));
    refused(() -> new RandomAffine(3, 3, 0, 0, 1, 0, 0));
    refused(() -> new RandomAffine(3, 3, 0, 0, 0, -1, 0));
    refused(() -> new RandomAffine(0, 3, 0, 0, 0, 0, 0));
  }

  @Test
  void elasticDistortionFollowsASmoothField() {
    int n = 31;
    float[] picture = counted(n * n);
    ElasticDistortion still = new ElasticDistortion(n, n, 2, 0, -1);
    float[] uniform = new float[still.draws()];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < uniform.length; i++) {
      uniform[i] = (float) random.nextDouble();
    }
    float[] v = picture.clone();
    still.apply(v, 1, n * n, uniform);
    assertArrayEquals(picture, v);
    // A field of ones stays one in the middle, where the whole bell lies within the picture.
    float[] ones = new float[uniform.length];
    Arrays.fill(ones, 1);
    new ElasticDistortion(n, n, 2, 3, -1).apply(v, 1, n * n, ones);
    assertEquals(picture[18 * n + 18], v[15 * n + 15], 1e-3);
    // Elsewhere: the sum over the field with the bell's weights, directly.
    v = picture.clone();
    new ElasticDistortion(n, n, 2, 8, -1).apply(v, 1, n * n, uniform);
    double down = 8 * smoothed(uniform, 0, n, 14, 16);
    double right = 8 * smoothed(uniform, n * n, n, 14, 16);
    // The picture is linear, so between pixels it is n·row + column.
    assertEquals(n * (14 + down) + 16 + right, v[14 * n + 16], 1e-2);
    refused(() -> new ElasticDistortion(3, 3, 0, 1, 0));
    refused(() -> new ElasticDistortion(3, 3, 1, Double.NaN, 0));
  }

  private static double smoothed(float[] uniform, int from, int n, int y, int x) {
    double sum = 0;
    double weights = 0;
    for (int dy = -6; dy <= 6; dy++) {
      for (int dx = -6; dx <= 6; dx++) {
        double w = Math.exp(-(dy * dy + dx * dx) / 8.0);
        sum += w * (2 * uniform[from + (y + dy) * n + x + dx] - 1);
        weights += w;
      }
    }
    return sum / weights;
  }

  @Test
  void noiseIsNormal() {
    int n = 20_001;
    GaussianNoise noise = new GaussianNoise(n, 0.5);
    float[] v = new float[n];
    float[] u = new float[noise.draws()];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < u.length; i++) {
      u[i] = (float) random.nextDouble();
    }
    noise.apply(v, 1, n, u);
    double sum = 0;
    double squares = 0;
    for (float x : v) {
      sum += x;
      squares += x * x;
    }
    // Five standard errors of mean and variance of 20,001 normal numbers.
    assertEquals(0, sum / n, 5 * 0.5 / Math.sqrt(n));
    assertEquals(0.25, squares / n, 5 * 0.25 * Math.sqrt(2.0 / n));
    refused(() -> new GaussianNoise(3, -1));
    refused(() -> new GaussianNoise(0, 1));
  }

  @Test
  void normalisedDataHaveMeanZero() {
    float[] values = {1, 10, 5, 3, 10, 5, 8, 10, 6};
    Samples samples = Samples.of(values, new int[] {0, 1, 0}, 2, 3);
    Normalised n = Normalised.by(samples);
    float[] x = new float[4];
    n.read(2, x, 1);
    double deviation = Math.sqrt((9 + 1 + 16) / 3.0);
    assertArrayEquals(new float[] {0, (float) (4 / deviation), 0, (float) Math.sqrt(2)}, x, 1e-6f);
    assertEquals(3, n.size());
    assertEquals(1, n.label(1));
    assertEquals(2, n.classes());
    Normalised channels = Normalised.by(Samples.of(counted(8), new int[2], 1, 2, 2));
    channels.read(1, x, 0);
    // Channel 0 holds 0, 1, 4, 5.
    assertEquals((4 - 2.5) / Math.sqrt(4.25), x[0], 1e-6);
    channels.like(Samples.of(counted(4), new int[1], 1, 2, 2)).read(0, x, 0);
    assertEquals(-2.5 / Math.sqrt(4.25), x[0], 1e-6);
    refused(() -> Normalised.by(Samples.of(new float[0], new int[0], 1, 2)));
    refused(() -> Normalised.by(Samples.of(new float[1], new int[1], 1)));
    refused(() -> n.like(Samples.of(new float[2], new int[1], 1, 2)));
    refused(() -> n.like(Samples.of(new float[1], new int[1], 1)));
    refused(() -> Samples.of(new float[3], new int[2], 1, 2));
    refused(() -> Samples.of(new float[2], new int[] {1}, 1, 2));
    refused(() -> Samples.of(new float[2], new int[] {-1}, 1, 2));
  }

  @Test
  void theMiddleOfImages() {
    Samples samples = Samples.of(counted(40), new int[] {0, 1}, 2, 1, 4, 5);
    CentreCrop crop = new CentreCrop(samples, 2, 3);
    float[] x = new float[7];
    crop.read(1, x, 1);
    assertArrayEquals(new float[] {0, 26, 27, 28, 31, 32, 33}, x);
    assertArrayEquals(new int[] {1, 2, 3}, crop.shape().toArray());
    assertEquals(1, crop.label(1));
    assertEquals(2, crop.size());
    assertEquals(2, crop.classes());
    refused(() -> new CentreCrop(samples, 5, 1));
    refused(() -> new CentreCrop(samples, 1, 0));
    refused(() -> new CentreCrop(Samples.of(new float[2], new int[1], 1, 2), 1, 1));
  }

  @Test
  void mixup() {
    Batch batch =
        new Batch(
            Tensor.of(device, new float[] {0, 0, 10, 20, 100, 200}, 3, 2),
            Tensor.of(device, new int[] {0, 1, 2}, 3),
            new int[] {0, 1, 2},
            3);
    Mixup mixup = new Mixup(0.4, new RandomStream(5));
    double sum = 0;
    double squares = 0;
    int n = 4000;
    for (int i = 0; i < n; i++) {
      Mixup.Mixed m = mixup.of(batch, 3);
      double w = m.weight();
      assertTrue(w >= 0 && w <= 1);
      sum += w;
      squares += (w - 0.5) * (w - 0.5);
      // The same mixture of values and of labels.
      for (int row = 0; row < 3; row++) {
        double total = 0;
        double value = 0;
        for (int c = 0; c < 3; c++) {
          total += m.targets().get(row, c);
          value += m.targets().get(row, c) * batch.x().get(c, 1);
        }
        assertEquals(1, total, 1e-6);
        assertEquals(value, m.x().get(row, 1), 1e-4);
      }
    }
    // Beta(α, α): mean 1/2, variance 1/(4·(2α + 1)); five standard errors.
    double variance = 1 / (4 * 1.8);
    assertEquals(0.5, sum / n, 5 * Math.sqrt(variance / n));
    assertEquals(variance, squares / n, 5 * variance / Math.sqrt(n));
    Batch doubles =
        new Batch(
            Tensor.zeros(device, DType.F64, 2, 1), Tensor.of(device, new int[2], 2), new int[2], 2);
    assertEquals(DType.F64, new Mixup(2, new RandomStream(1)).of(doubles, 1).x().dtype());
    refused(() -> mixup.of(batch, 2));
    refused(() -> new Mixup(0, new RandomStream(1)));
    refused(() -> new Mixup(Double.POSITIVE_INFINITY, new RandomStream(1)));
  }
}
