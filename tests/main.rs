//! Behaviour of tminus against real parts: the program itself, real servers, outside validators.

mod support;
