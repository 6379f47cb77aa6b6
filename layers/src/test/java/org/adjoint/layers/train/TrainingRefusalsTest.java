package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.adjoint.autograd.RandomStream;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.Batches;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.data.Dataset;
import org.adjoint.layers.io.CheckpointException;
import org.adjoint.layers.io.Safetensors;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings that cannot begin, or not go on from a file. */
class TrainingRefusalsTest {
  @TempDir Path folder;

  @Test
  void aLoaderWithoutBatches() {
    Linear model = new Linear(Setup.of(Small.DEVICE, DType.F32, 1), 36, 3);
    Batches none =
        new Batches() {
          @Override
          public int batches() {
            return 0;
          }

          @Override
          public int samples() {
            return 0;
          }

          @Override
          public Map<String, RandomStream> streams() {
            return Map.of();
          }

          @Override
          public Iterator<Batch> iterator(int from) {
            return List.<Batch>of().iterator();
          }
        };
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () -> new Trainer(new Classification(model), new Sgd(model, 0.1), none, 1));
    assertEquals("without batches", e.value());
  }

  @Test
  void aClassifierWithoutClasses() {
    Linear model = new Linear(Setup.of(Small.DEVICE, DType.F32, 1), 6, 3);
    DataLoader images = new DataLoader(Small.DATA, 10, Small.DEVICE, DType.F32);
    Trainer trainer = new Trainer(new Classification(model), new Sgd(model, 0.1), images, 1);
    ShapeException e = assertThrows(ShapeException.class, trainer::run);
    assertEquals("logits", e.argument());
  }

  @Test
  void anOldStateThatCannotBeRemoved() throws IOException {
    Files.createDirectories(folder.resolve("state-0000.safetensors/full"));
    Small small = new Small(1);
    small.trainer.listener(new Checkpoints(folder, 1, Monitor.TRAIN_LOSS));
    CheckpointException e = assertThrows(CheckpointException.class, small.trainer::run);
    assertTrue(e.getMessage().contains("it cannot be removed"), e.getMessage());
  }

  /** Saves a training in the middle of its second epoch. */
  private Path saved(TrainingListener... listeners) {
    Path file = folder.resolve("state");
    Small small = new Small(3);
    for (TrainingListener l : listeners) {
      small.trainer.listener(l);
    }
    small.trainer.listener(
        new TrainingListener() {
          @Override
          public void onBatch(Progress p) {
            if (p.step() == 7) {
              small.trainer.save(file);
              small.trainer.stop("saved");
            }
          }
        });
    small.trainer.run();
    return file;
  }

  /** Refuses, by a message about the file without names of classes, and leaves all as it was. */
  private static void refused(Small small, Path file, String... parts) {
    Small untouched = new Small(3);
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> small.trainer.resume(file));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("resume: " + file), message);
    assertFalse(message.contains("Exception") || message.contains("org.adjoint"), message);
    for (String part : parts) {
      assertTrue(message.contains(part), () -> part + " in " + message);
    }
    Small.assertSame(untouched.model, small.model);
    assertEquals(0, small.trainer.optimizer.steps());
    small.loader.streams().forEach((name, s) -> assertEquals(0, s.offset(), name));
    small.model.streams().forEach((name, s) -> assertEquals(0, s.offset(), name));
    assertEquals(0, small.trainer.progress().step());
  }

  private static Small with(Dataset data, int batchSize) {
    return new Small(
        3, new DataLoader(data, batchSize, Small.DEVICE, DType.F32), m -> Adam.adamW(m, 0.01, 0.1));
  }

  /** The rest of an epoch of other data, or in other batches, is not the rest of this one. */
  @Test
  void otherDataAndOtherBatches() {
    Path file = saved();
    Dataset all = Small.DATA.flattened();
    refused(
        with(all.subset(IntStream.range(0, 80).toArray()), 20),
        file,
        "of a training on 90 samples in 5 batches",
        "the loader has 80 in 4",
        "use the data");
    refused(with(all, 45), file, "90 samples in 5", "has 90 in 2");
  }

  @Test
  void anotherOptimizer() {
    Path file = saved();
    Small small =
        new Small(
            3,
            new DataLoader(Small.DATA.flattened(), 20, Small.DEVICE, DType.F32),
            m -> new Sgd(m, 0.1, 0.9));
    refused(
        small,
        file,
        "refused (restore: state is ",
        "this Sgd of this network has no such state",
        "another optimizer");
  }

  /** What listeners keep is lost in a training without them; where they stand does not matter. */
  @Test
  void aTrainingWithoutTheListenersThatItWasSavedWith() {
    Path file = saved(Averaging.exponential(0.9), new EarlyStopping(Monitor.TRAIN_LOSS, 9));
    refused(new Small(3), file, "with the listener \"exponential_average\"", "would be lost");
    Small half = new Small(3);
    half.trainer.listener(Averaging.exponential(0.9));
    refused(half, file, "with the listener \"early_stopping\"");
    Small other = new Small(3);
    other
        .trainer
        .listener(new EarlyStopping(Monitor.TRAIN_LOSS, 9))
        .listener(Averaging.ofEpochs(1));
    refused(other, file, "with the listener \"exponential_average\"");
    Averaging average = Averaging.exponential(0.9);
    Small whole = new Small(3);
    whole
        .trainer
        .listener(new ProgressLog(s -> {}))
        .listener(new EarlyStopping(Monitor.TRAIN_LOSS, 9))
        .listener(average);
    whole.trainer.resume(file);
    assertEquals(7, average.average().updates());
  }

  /** Two of a kind are told apart by their order. */
  @Test
  void aTrainingWithOneListenerOfTwo() {
    Path file = saved(Averaging.exponential(0.9), Averaging.exponential(0.5));
    Small one = new Small(3);
    one.trainer.listener(Averaging.exponential(0.9));
    refused(one, file, "with the listener \"exponential_average 2\"");
    one.trainer.listener(Averaging.exponential(0.5));
    one.trainer.resume(file);
    assertEquals(7, one.trainer.progress().step());
  }

  /** A listener that refuses what it kept leaves the network as it was, too. */
  @Test
  void aListenerWhoseStateIsDamaged() {
    Path file = saved(Averaging.exponential(0.9));
    Safetensors.Contents contents = Safetensors.read(file, Small.DEVICE);
    Map<String, Tensor> tensors = new LinkedHashMap<>(contents.tensors());
    tensors.remove("listener:exponential_average:average.0.weight");
    Safetensors.write(file, tensors, contents.metadata());
    Small small = new Small(3);
    small.trainer.listener(Averaging.exponential(0.9));
    refused(small, file, "an average of this network");
  }

  /** Whatever stands in the texts of a saved training, it is resumed or refused as a file. */
  @Test
  void textsOfASavedTrainingThatMakeNoSense() {
    Path sound = folder.resolve("sound");
    Small saved = new Small(3);
    saved.trainer.run(1);
    saved.trainer.save(sound);
    Safetensors.Contents contents = Safetensors.read(sound, Small.DEVICE);
    String[] nonsense = {"", "x", "-1", "99999999999999999999", "1:", ":", "NaN", "a,b\n1,2", "\n"};
    int refused = 0;
    SplittableRandom random = new SplittableRandom(4);
    for (String key : contents.metadata().keySet()) {
      for (int i = 0; i < 2 * nonsense.length; i++) {
        Map<String, String> texts = new LinkedHashMap<>(contents.metadata());
        String text = texts.get(key);
        int cut = random.nextInt(text.length() + 1);
        String wrong = nonsense[i / 2];
        texts.put(key, i % 2 == 0 ? wrong : text.substring(0, cut) + wrong + text.substring(cut));
        Path file = folder.resolve("wrong");
        Safetensors.write(file, contents.tensors(), texts);
        try {
          new Small(3).trainer.resume(file);
        } catch (CheckpointException e) {
          refused++;
        } catch (AdjointException e) {
          throw new AssertionError(key + " = " + texts.get(key), e);
        }
      }
    }
    assertTrue(refused > 20, refused + " refused");
  }
}
