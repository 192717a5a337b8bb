//! Whole flows over every component, and the rules of the house. One binary, since each link costs.

mod calls;
mod canaries;
mod changes;
mod client_apps;
mod command_line;
mod corpora;
mod data_out;
mod house;
mod kill;
mod load;
mod notes_in;
mod operations;
mod readme;
mod serve;
mod settings;
mod simulation;
mod stack_file;
mod telegram;
