//! The demo at some moments.

use super::super::testing::play;
use super::tests::{desk, shown};
use super::*;
use snapbox::{IntoData, str};

/// The demo at one moment.
fn at(width: u16, height: u16, millis: u64) -> String {
    let start = Instant::now();
    let mut desk = desk(width, height, false, start);
    let stop = Duration::from_millis(millis);
    play(|event, at| {
        if at <= stop {
            desk.event(event, start + at);
        }
    });
    desk.tick(start + stop);
    shown(&desk)
}

#[test]
fn three_hosts_while_they_upload() {
    snapbox::assert_data_eq!(
        at(80, 24, 1200),
        str![[r#"
deploy 0.941 to prod (3 hosts)

  ⠹ duck.co       upload  ━━━━━━━━━━━━━━╸┄┄┄┄┄┄┄┄  1.6/2.6 MB   1.8 MB/s   0.9s
                  look 0.3s
  ⠹ web2.duck.co  upload  ━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄  0.9/2.6 MB   1.2 MB/s   0.8s
                  look 0.3s
  ⠹ web3.duck.co  upload  ━━━━━┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄  0.6/2.6 MB   853 kB/s   0.7s
                  look 0.3s
"#]]
        .raw()
    );
}

#[test]
fn three_hosts_after_one_failed() {
    snapbox::assert_data_eq!(
        at(80, 30, 13_900),
        str![[r#"
deploy 0.941 to prod (3 hosts)
  ! web2.duck.co: http://127.0.0.1:8989/ answers with 0.940 still
  ✗ web2.duck.co health: no answer from http://127.0.0.1:8989/ within 3s:  3.0s
    connection refused
      │ --> Working on .
      │ Configuring DDGC-0.941 ... OK
      │ ==> Found dependencies: Moose, DBIx::Class
      │ Successfully installed Moose-2.2207
      │ Successfully installed DBIx-Class-0.082844
      │ Can't locate Data/Printer.pm in @INC (you may need to install
      │         the Data::Printer module) at lib/DDGC.pm line 14.
      │ BEGIN failed--compilation aborted at \x1b[1mlib/DDGC.pm\x1b[0m line 14.

  ⠏ duck.co       undo: systemctl restart ddgc                             0.9s
                  … prepare 2.2s · swap 0.0s · restart 1.1s · health 0.6s
  ⠏ web2.duck.co  undo: systemctl restart ddgc                             0.7s
                  … prepare 2.7s · swap 0.0s · restart 1.3s · ✗ health 3.0s
  ⠏ web3.duck.co  undo: systemctl restart ddgc                             0.5s
                  … prepare 3.2s · swap 0.0s · restart 1.5s · health 0.6s
"#]]
        .raw()
    );
}

#[test]
fn three_hosts_in_the_end() {
    snapbox::assert_data_eq!(
        at(80, 30, 60_000),
        str![[r#"
deploy 0.941 to prod (3 hosts)
  ! web2.duck.co: http://127.0.0.1:8989/ answers with 0.940 still
  ✗ web2.duck.co health: no answer from http://127.0.0.1:8989/ within 3s:  3.0s
    connection refused
      │ --> Working on .
      │ Configuring DDGC-0.941 ... OK
      │ ==> Found dependencies: Moose, DBIx::Class
      │ Successfully installed Moose-2.2207
      │ Successfully installed DBIx-Class-0.082844
      │ Can't locate Data/Printer.pm in @INC (you may need to install
      │         the Data::Printer module) at lib/DDGC.pm line 14.
      │ BEGIN failed--compilation aborted at \x1b[1mlib/DDGC.pm\x1b[0m line 14.

  ↺ duck.co       rolled back to 20261101-090000-0.940                      14s
                  … restart 1.1s · health 0.6s · ↺ restart 1.2s · ↺ swap 0.0s
  ↺ web2.duck.co  rolled back to 20261101-090000-0.940 (health failed)      14s
                  … ✗ health 3.0s · ↺ restart 1.2s · ↺ swap 0.0s
  ↺ web3.duck.co  rolled back to 20261101-090000-0.940                      14s
                  … restart 1.5s · health 0.6s · ↺ restart 1.2s · ↺ swap 0.0s

release: 0.941 does not answer on web2.duck.co; prod is back at 0.940 on 3 of 3
hosts
hint: release log prod
"#]]
        .raw()
    );
}

#[test]
fn a_narrow_and_a_low_terminal() {
    snapbox::assert_data_eq!(
        at(44, 24, 1200),
        str![[r#"
deploy 0.941 to prod (3 hosts)

  ⠹ duck.co       upload  1.6/2.6 MB   0.9s
                  look 0.3s
  ⠹ web2.duck.co  upload  0.9/2.6 MB   0.8s
                  look 0.3s
  ⠹ web3.duck.co  upload  0.6/2.6 MB   0.7s
                  look 0.3s
"#]]
        .raw()
    );
    snapbox::assert_data_eq!(
        at(30, 7, 1200),
        str![[r#"
deploy 0.941 to prod (3 host…

  ⠹ duck.co    upload    0.9s
  ⠹ web2…k.co  upload    0.8s
  ⠹ web3…k.co  upload    0.7s
  0 of 3 hosts done      1.2s
"#]]
        .raw()
    );
}
