package org.adjoint.layers.train;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * When the JVM is told to end (Ctrl-C, a polite kill) it lets the step finish, saves the training
 * and says how to go on: nothing is lost but the time to do so.
 */
public final class SaveOnInterrupt implements TrainingListener {
  private static final long PATIENCE_SECONDS = 60;

  private final Path file;
  private final Consumer<String> out;
  private final String how;
  private @Nullable Trainer trainer;
  private @Nullable Thread hook;
  private CountDownLatch saved = new CountDownLatch(1);
  private volatile boolean interrupted;

  /**
   * Creates the listener.
   *
   * @param file where to save
   * @param out where to say so, {@code System.err::println} say
   */
  public SaveOnInterrupt(Path file, Consumer<String> out) {
    this(
        file,
        out,
        "make the trainer as before and call resume(Path.of(\"" + file + "\")) before run()");
  }

  /**
   * Creates the listener for a program whose users know no Java.
   *
   * @param file where to save
   * @param out where to say so
   * @param how what they must do to go on
   */
  public SaveOnInterrupt(Path file, Consumer<String> out, String how) {
    this.file = file;
    this.out = out;
    this.how = how;
  }

  @Override
  public void onAttach(Trainer to) {
    trainer = to;
  }

  @Override
  public void onStart(Progress progress) {
    saved = new CountDownLatch(1);
    interrupted = false;
    hook = new Thread(this::interrupt, "save-on-interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Runs while the JVM ends; the training thread goes on until this returns. */
  void interrupt() {
    Trainer t = trainer;
    if (t == null) {
      return;
    }
    interrupted = true;
    t.stop("interrupted");
    try {
      if (!saved.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        out.accept("the step did not end within " + PATIENCE_SECONDS + " s; nothing was saved");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void onEnd(History history) {
    Trainer t = trainer;
    Thread own = hook;
    if (t == null || own == null) {
      return;
    }
    try {
      boolean removed = removed(own);
      boolean ending = interrupted || !removed;
      if (ending) {
        t.save(file);
        out.accept(
            "interrupted at step "
                + t.progress().step()
                + " and saved to "
                + file
                + "; to go on with the same bits, "
                + how);
      }
    } finally {
      saved.countDown();
    }
  }

  @Override
  public void onFailure(RuntimeException failure) {
    if (hook != null) {
      removed(hook);
    }
    saved.countDown();
  }

  /** Returns false if the JVM ends already. */
  private static boolean removed(Thread own) {
    try {
      return Runtime.getRuntime().removeShutdownHook(own);
    } catch (IllegalStateException e) {
      return false;
    }
  }
}
