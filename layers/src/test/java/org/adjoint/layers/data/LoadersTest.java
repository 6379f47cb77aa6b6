package org.adjoint.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import org.adjoint.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LoadersTest {
  private final Backend device = Backends.get("reference");

  private static Samples samples(int n) {
    float[] values = new float[3 * n];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return Samples.of(values, new int[n], 1, 3);
  }

  private DataLoader loader() {
    return new DataLoader(samples(23), 5, device, DType.F32)
        .shuffle(new RandomStream(3))
        .augment(new GaussianNoise(3, 0.1), new RandomStream(4));
  }

  private static List<float[]> taken(Iterator<Batch> batches) {
    List<float[]> all = new ArrayList<>();
    batches.forEachRemaining(b -> all.add(b.x().toFloatArray()));
    return all;
  }

  private static void assertSame(List<float[]> expected, List<float[]> received) {
    assertEquals(expected.size(), received.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), received.get(i));
    }
  }

  @Test
  void batchesFilledAheadAreTheSame() {
    DataLoader plain = loader();
    DataLoader ahead = loader().prefetch(2);
    for (int epoch = 0; epoch < 3; epoch++) {
      assertSame(taken(plain.iterator()), taken(ahead.iterator()));
    }
    // An epoch that is not taken to its end, and one that begins in the middle.
    for (DataLoader l : List.of(plain, ahead)) {
      Iterator<Batch> some = l.iterator();
      some.next();
      some.next();
    }
    assertSame(taken(plain.iterator(3)), taken(ahead.iterator(3)));
    plain.streams().forEach((n, s) -> assertEquals(s.offset(), ahead.streams().get(n).offset()));
    Iterator<Batch> done = ahead.iterator(5);
    assertFalse(done.hasNext());
    assertThrows(NoSuchElementException.class, done::next);
    assertThrows(ArgumentException.class, () -> plain.prefetch(0));
  }

  @Test
  void anEpochBegunInTheMiddleGoesOnAsItWould() {
    List<float[]> whole = taken(loader().iterator());
    for (int from = 0; from <= 5; from++) {
      DataLoader l = loader();
      assertSame(whole.subList(from, 5), taken(l.iterator(from)));
      assertSame(taken(second()), taken(l.iterator()));
    }
  }

  private Iterator<Batch> second() {
    DataLoader l = loader();
    taken(l.iterator());
    return l.iterator();
  }

  @Test
  void aFailureWhileFillingAheadIsThrownWhereTheBatchIsTaken() {
    for (Throwable failure : List.of(new IllegalStateException("x"), new StackOverflowError())) {
      Dataset broken =
          new Dataset() {
            @Override
            public int size() {
              return 9;
            }

            @Override
            public Shape shape() {
              return Shape.of(1);
            }

            @Override
            public int classes() {
              return 1;
            }

            @Override
            public int label(int index) {
              return 0;
            }

            @Override
            public void read(int index, float[] target, int at) {
              if (index == 5) {
                if (failure instanceof Error e) {
                  throw e;
                }
                throw (RuntimeException) failure;
              }
            }
          };
      Iterator<Batch> batches = new DataLoader(broken, 2, device, DType.F32).prefetch(1).iterator();
      batches.next();
      batches.next();
      assertEquals(failure, assertThrows(Throwable.class, batches::next));
      assertFalse(batches.hasNext());
    }
  }

  @Test
  void anInterruptIsKeptForLater() {
    DataLoader ahead = loader().prefetch(1);
    Iterator<Batch> batches = ahead.iterator();
    Thread.currentThread().interrupt();
    batches.next();
    ahead.iterator().next();
    assertTrue(Thread.interrupted());
    assertSame(taken(second()).subList(0, 0), List.of());
  }

  @Test
  void foldsHoldOutEachSampleOnce() {
    Samples data = samples(11);
    List<Split> folds = Split.folds(data, 3, 7, device);
    TreeSet<Integer> held = new TreeSet<>();
    float[] x = new float[3];
    for (Split s : folds) {
      assertEquals(11, s.train().size() + s.heldOut().size());
      assertTrue(s.heldOut().size() == 3 || s.heldOut().size() == 4);
      TreeSet<Integer> all = new TreeSet<>();
      for (Dataset part : List.of(s.train(), s.heldOut())) {
        for (int i = 0; i < part.size(); i++) {
          part.read(i, x, 0);
          assertTrue(all.add((int) x[0]));
          assertTrue(part == s.train() || held.add((int) x[0]));
        }
      }
      assertEquals(11, all.size());
    }
    assertEquals(11, held.size());
    assertThrows(ArgumentException.class, () -> Split.folds(data, 1, 7, device));
    assertThrows(ArgumentException.class, () -> Split.folds(data, 12, 7, device));
  }

  // ---- sequences ------------------------------------------------------------------------------

  /** Sequence i is i mod 7 + 1 times the number i + 1. */
  private static List<int[]> lines(int n) {
    List<int[]> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      int[] line = new int[i % 7 + 1];
      Arrays.fill(line, i + 1);
      all.add(line);
    }
    return all;
  }

  @Test
  void sequencesArePadded() {
    Sequences tagged = Sequences.tagged(lines(5), lines(5));
    SequenceLoader loader = new SequenceLoader(tagged, 2, device);
    assertEquals(3, loader.batches());
    assertEquals(5, loader.samples());
    assertTrue(loader.streams().isEmpty());
    Iterator<Batch> it = loader.iterator();
    it.next();
    Batch b = it.next();
    assertArrayEquals(new int[] {3, 3, 3, 0, 4, 4, 4, 4}, b.x().toIntArray());
    assertArrayEquals(new int[] {3, 3, 3, -100, 4, 4, 4, 4}, b.labels().toIntArray());
    assertArrayEquals(new int[] {3, 4}, b.lengths().toIntArray());
    assertArrayEquals(new int[] {2, 3}, b.indices());
    it.next();
    assertThrows(NoSuchElementException.class, it::next);
    Batch rounded = loader.round(4).padding(9, -1).iterator(2).next();
    assertArrayEquals(new int[] {1, 8}, rounded.x().shape().toArray());
    assertEquals(9, rounded.x().get(0, 7));
    assertEquals(-1, rounded.labels().get(0, 5));
    Batch classified =
        new SequenceLoader(Sequences.classified(lines(2), 7, 8), 2, device).iterator().next();
    assertArrayEquals(new int[] {7, 8}, classified.labels().toIntArray());
  }

  @Test
  void bucketsHoldSequencesOfLikeLength() {
    Sequences data = Sequences.classified(lines(140), new int[140]);
    for (boolean bucketed : new boolean[] {false, true}) {
      SequenceLoader loader = new SequenceLoader(data, 10, device).shuffle(new RandomStream(1));
      if (bucketed) {
        loader.bucket(14);
      }
      int padding = 0;
      TreeSet<Integer> seen = new TreeSet<>();
      List<Integer> widths = new ArrayList<>();
      for (Batch b : loader) {
        for (int i : b.indices()) {
          assertTrue(seen.add(i));
        }
        widths.add(b.x().dim(1));
        padding += b.x().size() - Arrays.stream(b.lengths().toIntArray()).sum();
      }
      assertEquals(140, seen.size());
      assertTrue(bucketed ? padding == 0 : padding > 200, padding + " of padding");
      List<Integer> sorted = widths.stream().sorted().toList();
      assertFalse(bucketed && sorted.equals(widths), "batches come in random order");
      // The rest of an epoch, from its middle.
      SequenceLoader again = new SequenceLoader(data, 10, device).shuffle(new RandomStream(1));
      if (bucketed) {
        again.bucket(14);
      }
      List<Integer> rest = new ArrayList<>();
      again.iterator(9).forEachRemaining(b -> rest.add(b.x().dim(1)));
      assertEquals(widths.subList(9, 14), rest);
      assertEquals(
          loader.streams().get("shuffle").offset(), again.streams().get("shuffle").offset());
    }
  }

  @Test
  void aTextIsCutIntoPiecesAndWhatComesNext() {
    Sequences s = Sequences.next(new int[] {1, 2, 3, 4, 5, 6}, 2);
    assertEquals(3, s.size());
    assertArrayEquals(new int[] {3, 4}, s.input(1));
    assertArrayEquals(new int[] {4, 5}, s.target(1));
    assertArrayEquals(new int[] {5}, s.input(2));
    assertTrue(s.isPerPosition());
    assertThrows(ArgumentException.class, () -> Sequences.next(new int[] {1}, 2));
    assertThrows(ArgumentException.class, () -> Sequences.next(new int[] {1, 2}, 0));
    assertThrows(ArgumentException.class, () -> Sequences.classified(lines(2), 1));
    assertThrows(ArgumentException.class, () -> Sequences.classified(List.of(new int[0]), 1));
    assertThrows(
        ArgumentException.class, () -> Sequences.tagged(List.of(new int[2]), List.of(new int[1])));
    Sequences one = Sequences.classified(lines(1), 1);
    assertThrows(ArgumentException.class, () -> new SequenceLoader(one, 0, device));
    assertThrows(ArgumentException.class, () -> new SequenceLoader(one, 1, device).bucket(0));
    assertThrows(ArgumentException.class, () -> new SequenceLoader(one, 1, device).round(0));
  }
}
