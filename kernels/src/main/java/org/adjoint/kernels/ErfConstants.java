package org.adjoint.kernels;

/**
 * The numbers of {@link ErfRecipes}: fits of our own by least squares of the relative error,
 * rounded to float32 one after the other, those that are left fitted again each time.
 */
public final class ErfConstants {
  private ErfConstants() {}

  /** Above it 1 − erf x rounds to 0. */
  public static final float ERFC_MAX = 10.1f;

  /** (1 + a)·e^(a²)·(1 − erf a) over (a − 2.5)/(a + 2.5), 0 ≤ a ≤ 10.1; relative error 2⁻²⁵·⁰⁷. */
  public static final float SCALED0 = 0x1.79c3d8p-1f;

  /** See {@link #SCALED0}. */
  public static final float SCALED1 = -0x1.f9f3aap-3f;

  /** See {@link #SCALED0}. */
  public static final float SCALED2 = 0x1.38b4a8p-4f;

  /** See {@link #SCALED0}. */
  public static final float SCALED3 = 0x1.0b0adp-6f;

  /** See {@link #SCALED0}. */
  public static final float SCALED4 = -0x1.023f38p-5f;

  /** See {@link #SCALED0}. */
  public static final float SCALED5 = 0x1.d73e3ep-7f;

  /** See {@link #SCALED0}. */
  public static final float SCALED6 = -0x1.b5bd66p-11f;

  /** See {@link #SCALED0}. */
  public static final float SCALED7 = -0x1.c90a64p-10f;

  /** See {@link #SCALED0}. */
  public static final float SCALED8 = 0x1.3b4268p-12f;

  /** See {@link #SCALED0}. */
  public static final float SCALED9 = 0x1.c92c6ap-13f;

  /** erf⁻¹(x)/x over −ln(1 − x²) − 2.5 from −2.5 to 2.5; relative error 2⁻²⁴·⁵⁷. */
  public static final float NEAR0 = 0x1.805c5ep0f;

  /** See {@link #NEAR0}. */
  public static final float NEAR1 = 0x1.f91e8cp-3f;

  /** See {@link #NEAR0}. */
  public static final float NEAR2 = -0x1.11c6d6p-8f;

  /** See {@link #NEAR0}. */
  public static final float NEAR3 = -0x1.48675p-10f;

  /** See {@link #NEAR0}. */
  public static final float NEAR4 = 0x1.ca0accp-13f;

  /** See {@link #NEAR0}. */
  public static final float NEAR5 = -0x1.4c610ap-18f;

  /** See {@link #NEAR0}. */
  public static final float NEAR6 = -0x1.d2b532p-19f;

  /** See {@link #NEAR0}. */
  public static final float NEAR7 = 0x1.f223c6p-22f;

  /** See {@link #NEAR0}. */
  public static final float NEAR8 = 0x1.a11fc6p-26f;

  /** See {@link #NEAR0}. */
  public static final float NEAR9 = -0x1.28939ep-27f;

  /** erf⁻¹(x)/x over √(−ln(1 − x²)) − 3 from −0.77 to 1.08; relative error 2⁻²⁵·⁷³. */
  public static final float FAR0 = 0x1.6a9efcp1f;

  /** See {@link #FAR0}. */
  public static final float FAR1 = 0x1.006dc4p0f;

  /** See {@link #FAR0}. */
  public static final float FAR2 = 0x1.357faep-7f;

  /** See {@link #FAR0}. */
  public static final float FAR3 = -0x1.f4722p-8f;

  /** See {@link #FAR0}. */
  public static final float FAR4 = 0x1.74b272p-8f;

  /** See {@link #FAR0}. */
  public static final float FAR5 = -0x1.d80226p-9f;

  /** See {@link #FAR0}. */
  public static final float FAR6 = 0x1.85c33cp-10f;

  /** See {@link #FAR0}. */
  public static final float FAR7 = -0x1.bd7db8p-15f;

  /** See {@link #FAR0}. */
  public static final float FAR8 = -0x1.4714a2p-12f;

  /** See {@link #FAR0}. */
  public static final float FAR9 = 0x1.e4bea6p-14f;
}
