//! Keyboard-interactive: whatever the server asks, put to the person (RFC 4256).

use russh::client::{AuthResult, KeyboardInteractiveAuthResponse as Response, Prompt};
use shared::close::CloseReason;
use shared::secret::Secret;

use super::auth::Door;
use super::sign_in::{Factor, SignIn};
use crate::driver::failure::Failure;
use crate::driver::person::Question;
use crate::driver::text::{tame, tame_line};
use crate::driver::{AskField, AskKind};

/// Rounds per try; a real dialogue has a handful.
const MOST_ROUNDS: usize = 20;

/// Questions per round.
const MOST_PROMPTS: usize = 16;

/// Characters of a label, and of an explanation.
const MOST_LABEL: usize = 200;
const MOST_TEXT: usize = 2000;

/// One round as the server sent it.
struct Round {
    name: String,
    instructions: String,
    prompts: Vec<Prompt>,
}

impl SignIn<'_> {
    pub(super) async fn interact(
        &mut self,
        door: &mut Door<'_, '_, '_>,
    ) -> Result<AuthResult, Failure> {
        self.interactive = self.interactive.saturating_sub(1);
        let mut response = door.start_interactive(&self.user).await?;
        let mut has_answered = false;
        for _ in 0..MOST_ROUNDS {
            match response {
                Response::Success => return Ok(AuthResult::Success),
                Response::Failure {
                    remaining_methods,
                    partial_success,
                } => {
                    self.was_refused |= has_answered && !partial_success;
                    if !has_answered && !partial_success && self.under_way.is_none() {
                        // It is offered but asks nothing: starting again would change nothing.
                        self.interactive = 0;
                    }
                    return Ok(AuthResult::Failure {
                        remaining_methods,
                        partial_success,
                    });
                }
                Response::InfoRequest {
                    name,
                    instructions,
                    prompts,
                } => {
                    let round = Round {
                        name,
                        instructions,
                        prompts,
                    };
                    has_answered |= !round.prompts.is_empty();
                    let answers = self.answer(round, door).await?;
                    response = door.respond(answers).await?;
                }
            }
        }
        Err(Failure::new(
            CloseReason::AuthenticationFailed,
            format!("{} asked too many questions.", self.address),
        ))
    }

    async fn answer(
        &mut self,
        round: Round,
        door: &mut Door<'_, '_, '_>,
    ) -> Result<Vec<String>, Failure> {
        match round.prompts.as_slice() {
            [] => return Ok(Vec::new()),
            // One hidden question is the password's, the first time.
            [only] if !only.echo => {
                if let Some(password) = self.passwords.pop_front() {
                    let answer = password.secret.expose().clone();
                    self.under_way = Some(Factor::Password(password));
                    return Ok(vec![answer]);
                }
            }
            prompts if prompts.len() > MOST_PROMPTS => {
                return Err(Failure::new(
                    CloseReason::AuthenticationFailed,
                    format!("{} asked too many questions at once.", self.address),
                ));
            }
            _ => {}
        }
        let count = round.prompts.len();
        let question = self.question(&round);
        let values = match door.person.ask(question).await {
            Err(Failure::WouldAsk(_)) if self.was_refused => return Err(self.refused_everything()),
            asked => asked?,
        };
        let mut answers: Vec<String> = values.iter().map(Secret::expose).cloned().collect();
        answers.resize(count, String::new());
        Ok(answers)
    }

    fn question(&self, round: &Round) -> Question {
        let name = tame_line(&round.name, MOST_LABEL);
        let mut text = tame(&round.instructions, MOST_TEXT);
        if self.was_refused && text.is_empty() {
            "The target refused the last answers.".clone_into(&mut text);
        }
        let title = if name.trim().is_empty() {
            format!("{} asks {}", self.address, tame_line(&self.user, 64))
        } else {
            format!("{}: {name}", self.address)
        };
        let fields = round.prompts.iter().map(|prompt| AskField {
            label: tame_line(&prompt.prompt, MOST_LABEL),
            is_secret: !prompt.echo,
            value: String::new(),
        });
        Question {
            kind: AskKind::KeyboardInteractive,
            title,
            text,
            fields: fields.collect(),
        }
    }
}
