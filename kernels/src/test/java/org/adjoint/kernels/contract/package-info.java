/**
 * What every backend must pass: one abstract class a family, inherited by the tests of each
 * backend, which say only which backend it is.
 */
@NullMarked
package org.adjoint.kernels.contract;

import org.jspecify.annotations.NullMarked;
