//! Adoption: directories of Capistrano, Deployer, Mina, Ansistrano and hand-written scripts.
