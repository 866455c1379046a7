"""Networks: encoders, memories, and the actor-critic that is made of them."""
