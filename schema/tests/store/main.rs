//! The store's promises, kept on every database: each case runs on `SQLite` and, when
//! `BATON_TEST_MYSQL_URL` is set, on the MySQL or `MariaDB` server there (a database per test).

#[cfg(test)]
#[macro_use]
mod fixture;

#[cfg(test)]
mod access;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod fencing;
#[cfg(test)]
mod history;
#[cfg(test)]
mod key_rings;
#[cfg(test)]
mod mysql_only;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod users;
