package org.adjoint.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.TreeSet;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class DataLoaderTest {
  private final Backend device = Backends.get("reference");

  /** Image i is filled with i and has label i mod 10. */
  private static Images images(int n, int height, int width) {
    byte[] pixels = new byte[n * height * width];
    byte[] labels = new byte[n];
    for (int i = 0; i < n; i++) {
      Arrays.fill(pixels, i * height * width, (i + 1) * height * width, (byte) i);
      labels[i] = (byte) (i % 10);
    }
    return Images.of(pixels, labels, height, width, 10);
  }

  private static List<Integer> epoch(DataLoader loader) {
    List<Integer> seen = new ArrayList<>();
    for (Batch b : loader) {
      float[] x = b.x().toFloatArray();
      int[] labels = b.labels().toIntArray();
      assertEquals(b.size(), labels.length);
      int length = x.length / b.size();
      for (int i = 0; i < b.size(); i++) {
        int image = Math.round(255 * x[i * length]);
        assertEquals(image, b.indices()[i]);
        assertEquals(image % 10, labels[i]);
        assertEquals(x[i * length], x[(i + 1) * length - 1]);
        seen.add(image);
      }
    }
    return seen;
  }

  @Test
  void inOrderWithASmallerLastBatch() {
    DataLoader loader = new DataLoader(images(23, 2, 3), 5, device, DType.F32);
    assertEquals(5, loader.batches());
    assertEquals(23, loader.samples());
    List<int[]> shapes = new ArrayList<>();
    loader.forEach(b -> shapes.add(b.x().shape().toArray()));
    assertArrayEquals(new int[] {5, 1, 2, 3}, shapes.get(0));
    assertArrayEquals(new int[] {3, 1, 2, 3}, shapes.get(4));
    List<Integer> seen = epoch(loader);
    for (int i = 0; i < 23; i++) {
      assertEquals(i, seen.get(i));
    }
    loader.dropLast();
    assertEquals(4, loader.batches());
    assertEquals(20, loader.samples());
    assertEquals(20, epoch(loader).size());
  }

  @Test
  void tensorsAreReused() {
    Iterator<Batch> it = new DataLoader(images(10, 1, 1), 5, device, DType.F32).iterator();
    Tensor first = it.next().x();
    assertSame(first, it.next().x());
    assertFalse(it.hasNext());
    assertThrows(NoSuchElementException.class, it::next);
  }

  @Test
  void shufflesBySeedAndDifferentlyEachEpoch() {
    Images data = images(100, 1, 1);
    DataLoader a = new DataLoader(data, 7, device, DType.F32).shuffle(new RandomStream(3));
    DataLoader b = new DataLoader(data, 30, device, DType.F32).shuffle(new RandomStream(3));
    List<Integer> first = epoch(a);
    assertEquals(100, new TreeSet<>(first).size());
    assertEquals(first, epoch(b), "the order does not depend on the batch size");
    List<Integer> second = epoch(a);
    assertFalse(first.equals(second));
    assertEquals(second, epoch(b));
    // A stream that goes on from a saved position goes on with the same order.
    DataLoader resumed =
        new DataLoader(data, 7, device, DType.F32).shuffle(new RandomStream(3, 200));
    assertEquals(200, a.streams().get("shuffle").offset());
    assertEquals(epoch(a), epoch(resumed));
  }

  @Test
  void doublesAndVectors() {
    Batch batch =
        new DataLoader(images(4, 2, 3).flattened(), 9, device, DType.F64).iterator().next();
    assertEquals(DType.F64, batch.x().dtype());
    assertArrayEquals(new int[] {4, 6}, batch.x().shape().toArray());
    assertEquals((double) (float) (3 / 255.0), batch.x().get(3, 5));
  }

  @Test
  void badArgumentsAreRefused() {
    Images data = images(4, 1, 1);
    assertThrows(ArgumentException.class, () -> new DataLoader(data, 0, device, DType.F32));
    assertThrows(DTypeException.class, () -> new DataLoader(data, 1, device, DType.I32));
    ArgumentException e =
        assertThrows(
            ArgumentException.class, () -> new DataLoader(data.subset(), 1, device, DType.F32));
    assertTrue(String.valueOf(e.getMessage()).contains("empty"), e.getMessage());
    assertThrows(ArgumentException.class, () -> data.subset(1, 4));
    assertThrows(ArgumentException.class, () -> data.subset(-1));
  }

  @Test
  void splitsBySeed() {
    Images data = images(50, 1, 1);
    Split split = Split.random(data, 12, 4, device);
    TreeSet<Integer> all = new TreeSet<>();
    float[] v = new float[1];
    for (Dataset part : List.of(split.train(), split.heldOut())) {
      for (int i = 0; i < part.size(); i++) {
        part.read(i, v, 0);
        int image = Math.round(255 * v[0]);
        assertEquals(image % 10, part.label(i));
        all.add(image);
      }
    }
    assertEquals(38, split.train().size());
    assertEquals(12, split.heldOut().size());
    assertEquals(50, all.size(), "each sample once");
    assertEquals(10, split.train().classes());
    assertArrayEquals(new int[] {1, 1, 1}, split.heldOut().shape().toArray());
    Split again = Split.random(data, 12, 4, device);
    Split other = Split.random(data, 12, 5, device);
    boolean same = true;
    boolean different = false;
    for (int i = 0; i < 12; i++) {
      same &= again.heldOut().label(i) == split.heldOut().label(i);
      different |= other.heldOut().label(i) != split.heldOut().label(i);
    }
    assertTrue(same && different);
    assertThrows(ArgumentException.class, () -> Split.random(data, 50, 4, device));
    assertThrows(ArgumentException.class, () -> Split.random(data, -1, 4, device));
  }

  @Test
  void shiftMovesAWholeNumberOfPixels() {
    float[] plane = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    RandomShift shift = new RandomShift(3, 3, 1, -1);
    assertEquals(2, shift.draws());
    float[][] expected = {
      {5, 6, -1, 8, 9, -1, -1, -1, -1}, // up and left
      {1, 2, 3, 4, 5, 6, 7, 8, 9},
      {-1, -1, -1, -1, 1, 2, -1, 4, 5}, // down and right
      {-1, -1, -1, 2, 3, -1, 5, 6, -1} // down and left
    };
    float[][] uniform = {{0, 0.3f}, {0.5f, 0.5f}, {0.9999999f, 0.7f}, {0.7f, 0}};
    for (int i = 0; i < 4; i++) {
      // Two samples of one plane: the first does not move.
      float[] v = new float[18];
      System.arraycopy(plane, 0, v, 0, 9);
      System.arraycopy(plane, 0, v, 9, 9);
      shift.apply(v, 2, 9, new float[] {0.5f, 0.5f, uniform[i][0], uniform[i][1]});
      assertArrayEquals(plane, Arrays.copyOf(v, 9));
      assertArrayEquals(expected[i], Arrays.copyOfRange(v, 9, 18), "shift " + i);
    }
    assertThrows(ArgumentException.class, () -> new RandomShift(3, 3, 3, 0));
    assertThrows(ArgumentException.class, () -> new RandomShift(3, 3, -1, 0));
  }

  @Test
  void augmentationFollowsItsStream() {
    Images data = images(20, 4, 4).scaled(0, 1);
    float[] first = shifted(data, 8, new RandomStream(6));
    assertArrayEquals(first, shifted(data, 8, new RandomStream(6)));
    assertFalse(Arrays.equals(first, shifted(data, 8, new RandomStream(7))));
    long zeros = 0;
    for (float v : first) {
      zeros += v == 0 ? 1 : 0;
    }
    assertTrue(zeros > 16, "pixels came into view: " + zeros);
  }

  private float[] shifted(Images data, int batch, RandomStream random) {
    DataLoader loader =
        new DataLoader(data, batch, device, DType.F32)
            .augment(new RandomShift(4, 4, 1, data.background()), random);
    float[] all = new float[20 * 16];
    int at = 0;
    for (Batch b : loader) {
      float[] v = b.x().toFloatArray();
      System.arraycopy(v, 0, all, at, v.length);
      at += v.length;
    }
    assertTrue(loader.streams().containsKey("augment"));
    return all;
  }
}
