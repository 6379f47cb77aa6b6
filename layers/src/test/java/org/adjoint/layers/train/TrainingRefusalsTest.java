package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.adjoint.autograd.RandomStream;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.Batches;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.io.CheckpointException;
import org.adjoint.layers.io.Safetensors;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.ShapeException;
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
