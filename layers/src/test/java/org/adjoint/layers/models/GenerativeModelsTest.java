package org.adjoint.layers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Setup;
import org.adjoint.layers.optim.Adam;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Sizes, shapes and parts of the generative models and of deep Q-learning. */
class GenerativeModelsTest {
  private final Backend device = Backends.get("reference");

  private Setup setup() {
    return Setup.of(device, DType.F32, 1);
  }

  @Test
  void sizesAreThoseOfTheWorkloads() {
    assertEquals(652_824, Models.vae(setup()).parameterCount());
    Gan gan = Models.gan(setup());
    assertEquals(559_632, gan.generator().parameterCount());
    assertEquals(533_505, gan.discriminator().parameterCount());
    assertEquals(17_410, Models.dqn(setup()).online().parameterCount());
  }

  @Test
  void theCodeIsDrawnAnewEachTime() {
    Vae vae = new Vae(setup(), 6, 5, 2);
    Variable x = Variable.of(Tensor.of(device, new float[] {0, 1, 0.5f, 0.25f, 1, 0}, 1, 6));
    assertArrayEquals(new int[] {1, 2}, vae.encode(x).shape().toArray());
    assertArrayEquals(new int[] {1, 6}, vae.decode(vae.encode(x)).shape().toArray());
    assertNotEquals(vae.loss(x).item(), vae.loss(x).item());
    assertEquals(4, vae.streams().get("noise").offset());
    Variable none = Variable.of(Tensor.zeros(device, DType.F32, 1, 2));
    assertEquals(vae.loss(x, none).item(), vae.loss(x, none).item());
  }

  @Test
  void eachOptimizerMovesItsOwnHalf() {
    Setup setup = setup();
    Linear generator = new Linear(setup, 2, 3);
    Linear discriminator = new Linear(setup, 3, 1);
    Gan gan = new Gan(setup, generator, discriminator, 2);
    float[] before = generator.weight().value().toFloatArray();
    float[] judge = discriminator.weight().value().toFloatArray();
    Variable real = Variable.of(Tensor.of(device, new float[] {1, 2, 3, -1, 0, 1}, 2, 3));
    Variable noise = gan.noise(device, DType.F32, 2);
    Adam still = new Adam(generator, 0);
    double loss = gan.step(still, new Adam(discriminator, 0.1), real, noise).item();
    // Three cross-entropies of answers near one half.
    assertTrue(loss > 0.5 && loss < 6, () -> "" + loss);
    assertArrayEquals(before, generator.weight().value().toFloatArray());
    assertNotEquals(judge[0], discriminator.weight().value().toFloatArray()[0]);
    gan.step(new Adam(generator, 0.1), new Adam(discriminator, 0), real, noise);
    assertNotEquals(before[0], generator.weight().value().toFloatArray()[0]);
  }

  @Test
  void theTargetFollowsWhenTold() {
    Setup setup = setup();
    Linear online = new Linear(setup, 2, 2);
    Linear target = new Linear(setup, 2, 2);
    DeepQ pair = new DeepQ(online, target, 0.5);
    assertFalse(target.weight().isTrainable());
    pair.synchronize();
    assertArrayEquals(
        online.weight().value().toFloatArray(), target.weight().value().toFloatArray());
    Variable state = Variable.of(Tensor.of(device, new float[] {1, -1}, 1, 2));
    Tensor action = Tensor.of(device, new int[] {1}, 1, 1);
    Variable zero = Variable.of(Tensor.zeros(device, DType.F32, 1));
    Variable done = Variable.of(Tensor.of(device, new float[] {1}, 1));
    float[] q = online.forward(state).value().toFloatArray();
    double error = q[1];
    double huber = Math.abs(error) <= 1 ? error * error / 2 : Math.abs(error) - 0.5;
    assertEquals(huber, pair.loss(state, action, zero, state, done).item(), 1e-6);
    error = q[1] - 0.5 * Math.max(q[0], q[1]);
    huber = Math.abs(error) <= 1 ? error * error / 2 : Math.abs(error) - 0.5;
    assertEquals(huber, pair.loss(state, action, zero, state, zero).item(), 1e-6);
  }
}
